"""What the server is pointed at: `config.asgi:application`. The site itself is the WSGI application behind it."""

from config.gateway import Gateway
from config.wsgi import application as site

application = Gateway(site)
