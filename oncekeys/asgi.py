"""What an ASGI server is pointed at: `oncekeys.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oncekeys.settings")

application = get_asgi_application()
