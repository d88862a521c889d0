"""An online shop, somebody else's Django project: it has installed our app, and a good deal besides."""
