"""The site's deployment: settings, URLs, the servers' entry points, and its middleware."""
