"""What a WSGI server is pointed at: `oncekeys.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from oncekeys.startup import plain_errors, refuse_bad_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oncekeys.settings")

with plain_errors():
    application = get_wsgi_application()
    refuse_bad_settings()
