"""A number for each request, in its answer and in every line that is logged on the way to it."""

import random
import re
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# As proxies make them: a UUID, a hash, a trace. Whatever else is sent is not for our log.
WELL_FORMED = re.compile(r"[\w.+/=-]{8,128}", re.ASCII)

# Of the request that this thread answers, or has answered last: Django logs a failure after its middleware.
current: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIDMiddleware:
    """Takes the ID that our own proxy gives, else makes one. A client's own would let it write what our log says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # It tells requests apart and isn't a secret, so it doesn't ask the system for randomness.
        request_id = _given(request) or f"{random.getrandbits(64):016x}"
        current.set(request_id)
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


def _given(request: HttpRequest) -> str | None:
    given = request.META.get("HTTP_X_REQUEST_ID")
    return given if given and settings.TRUSTED_PROXY_HOPS and WELL_FORMED.fullmatch(given) else None
