"""The ASGI server's entry point, `config.asgi:application`. The site itself is the WSGI application behind it."""

from django.conf import settings
from django.utils.module_loading import import_string

from config.gateway import Gateway
from config.wsgi import application as site

application = Gateway(
    site,
    busy=import_string("config.availability.busy"),  # by its name, since it needs the site's apps
    largest_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
)
