"""Headers of a request that a decision hangs on."""

import logging
import os
from functools import cache

from django.http import HttpRequest

logger = logging.getLogger(__name__)

# How a server calls itself in META that makes one header of `API-Key` and `API_Key`, and does not say so.
MIXES_NAMES = "Granian"


def sent(request: HttpRequest, name: str) -> str | None:
    """Return the header that META calls `name`, as the client or a proxy sent it, or None if it is absent.

    Some servers put the environment of their process into META, where `HTTP_API_KEY` looks like a header.
    """
    value: str | None = request.META.get(name)
    return None if value is not None and of_process(name) == value else value


@cache
def of_process(name: str) -> str | None:
    """Return what the environment of this process calls `name`. It is read once: no one changes it later."""
    return os.environ.get(name)


def sent_values(request: HttpRequest, name: str) -> list[str]:
    """The same as a list: each proxy on the way may have added one."""
    value = sent(request, name)
    return [] if value is None else [each.strip() for each in value.split(",")]


def warn_of_server(request: HttpRequest) -> None:
    """Says once in the log that the project's server lets clients forge what its proxy writes."""
    if request.META.get("SERVER_SOFTWARE") == MIXES_NAMES:
        _warn()


@cache
def _warn() -> None:
    logger.warning(
        "By its WSGI interface granian takes X_Forwarded_For for X-Forwarded-For, so clients can forge what your proxy "
        "writes. Use its ASGI interface, or another server: see docs/django.md."
    )
