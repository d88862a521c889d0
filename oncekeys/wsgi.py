"""What a WSGI server is pointed at: `oncekeys.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oncekeys.settings")

application = get_wsgi_application()
