"""Infrastructure failing is 503, for people as for machines: nothing is wrong with what they asked."""

import sys
from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.views import defaults
from redis.exceptions import ConnectionError as CacheAway
from redis.exceptions import TimeoutError as CacheSlow

from oncekeys.doors import forward_auth, problems
from oncekeys.models import transactions
from oncekeys.services.refusals import Unavailable

RETRY_AFTER_SECONDS = 5
AWAY = (*transactions.AWAY, TimeoutError, Unavailable, CacheAway, CacheSlow)


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


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler of what can't be read. Django's own asks for a CSRF token, and so reads the same body again."""
    return HttpResponseBadRequest(defaults.ERROR_PAGE_TEMPLATE % {"title": "Bad Request (400)", "details": ""})


def busy(environ: dict[str, Any], start_response: Callable[..., Any]) -> HttpResponse:
    """A WSGI application, for requests that got no thread. It asks nothing of anyone."""
    request = WSGIRequest(environ)
    answer = _busy_with_keys(request) if request.path_info.startswith("/api/") else _unavailable(request)
    start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
    return answer


def _busy_with_keys(request: HttpRequest) -> HttpResponse:
    problem = Unavailable()
    return forward_auth.refusal(problem) if request.path_info == "/api/v1/verify" else problems.response(problem)


def _unavailable(request: HttpRequest) -> HttpResponse:
    # Without a context processor that would ask the database who this is.
    answer = HttpResponse(render_to_string("503.html"), status=503)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
