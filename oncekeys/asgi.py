"""What a ASGI server is pointed at: `oncekeys.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

from oncekeys.startup import plain_errors, refuse_bad_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oncekeys.settings")

with plain_errors():
    application = get_asgi_application()
    refuse_bad_settings()
