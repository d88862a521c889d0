"""Infrastructure failing is 503, for people as for machines: nothing is wrong with what they asked."""

import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults
from redis.exceptions import ConnectionError as CacheAway
from redis.exceptions import TimeoutError as CacheSlow

from oncekeys.services.refusals import Unavailable

RETRY_AFTER_SECONDS = 5
AWAY = (OperationalError, InterfaceError, TimeoutError, Unavailable, CacheAway, CacheSlow)


class AvailabilityMiddleware:
    """A view that could not reach the database, or waited too long for capacity, answers 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _unavailable(request) if isinstance(error, AWAY) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The handler of what no view has caught: in a middleware, too, the database may be away."""
    return _unavailable(request) if isinstance(sys.exc_info()[1], AWAY) else defaults.server_error(request)


def _unavailable(request: HttpRequest) -> HttpResponse:
    # Without a context processor that would ask the database who this is.
    answer = HttpResponse(render_to_string("503.html"), status=503)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
