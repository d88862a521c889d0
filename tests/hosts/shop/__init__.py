"""An online shop, a foreign Django project: it has installed our app, and a good deal besides."""
