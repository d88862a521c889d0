"""The WSGI server's entry point, `config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from config.startup import plain_errors, refuse_bad_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with plain_errors():
    application = get_wsgi_application()
    refuse_bad_settings()
