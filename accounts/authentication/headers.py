"""Headers of a request that a decision hangs on."""

import os

from django.http import HttpRequest


def sent(request: HttpRequest, name: str) -> str | None:
    """What the client or a proxy sent as the header that META calls `name`. None if it is absent.

    Some servers put the environment of their process into META, where `HTTP_API_KEY` looks like a header.
    """
    value: str | None = request.META.get(name)
    return None if value is not None and os.environ.get(name) == value else value


def sent_values(request: HttpRequest, name: str) -> list[str]:
    """The same as a list: each proxy on the way may have added one."""
    value = sent(request, name)
    return [] if value is None else [each.strip() for each in value.split(",")]
