"""The project behind Django's own handler for async servers."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
