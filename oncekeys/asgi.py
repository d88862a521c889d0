"""What the server is pointed at: `oncekeys.asgi:application`. The site itself is the WSGI application behind it."""

from oncekeys.gateway import Gateway
from oncekeys.wsgi import application as site

application = Gateway(site)
