"""The site with an error tracker, set up as `docs/django.md` says; what it would send goes into the folder `SENT`."""

from tests.hosts.shop import tracking

# As it is by default: it hides fields called "password".
tracking.EVERYTHING.pop("event_scrubber")
tracking.start()

from config.asgi import application  # noqa: E402

__all__ = ["application"]
