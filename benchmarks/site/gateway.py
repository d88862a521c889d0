"""The project behind the gateway of a deployment."""

from django.conf import settings
from django.utils.module_loading import import_string

from benchmarks.site.wsgi import application as site
from config.gateway import Gateway

application = Gateway(
    site,
    busy=import_string("config.availability.busy"),
    largest_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
)
