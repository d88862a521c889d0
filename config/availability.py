"""Infrastructure failing is 503, for people as for machines: nothing is wrong with what they asked."""

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.views import defaults

from config import programs
from oncekeys.doors import forward_auth, problems
from oncekeys.doors.problems import RequestCode, RequestError
from oncekeys.models import transactions
from oncekeys.services.refusals import Unavailable

RETRY_AFTER_SECONDS = 5
BROKEN = "Something went wrong on our side. Try again later."
NOT_ANSWERED = "This site doesn't answer requests like this. Check the host name in the address."


def _errors_of_the_cache() -> tuple[type[Exception], ...]:
    """Redis's client is slow to load, and is loaded only where it is the cache."""
    if not settings.CACHES["default"]["BACKEND"].endswith("RedisCache"):
        return ()
    from redis.exceptions import ConnectionError, TimeoutError

    return ConnectionError, TimeoutError


AWAY: tuple[type[Exception], ...] = (*transactions.AWAY, TimeoutError, Unavailable, *_errors_of_the_cache())


class AvailabilityMiddleware:
    """A view that could not reach the database, or waited too long for capacity, answers 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request) if isinstance(error, AWAY) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The handler of what no view has caught: in a middleware, too, the database may be away."""
    if isinstance(sys.exc_info()[1], AWAY):
        return unavailable(request)
    if programs.is_api(request.path_info):
        return problems.response(RequestError(RequestCode.INTERNAL_ERROR, BROKEN))
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler of requests that Django refuses, such as one for another host."""
    if programs.is_api(request.path_info):
        return problems.response(RequestError(RequestCode.BAD_REQUEST, NOT_ANSWERED))
    # Django's own page asks for a CSRF token, and so reads a body again that can't be read.
    return HttpResponseBadRequest(defaults.ERROR_PAGE_TEMPLATE % {"title": "Bad Request (400)", "details": ""})


def busy(environ: dict[str, Any], start_response: Callable[..., Any]) -> HttpResponse:
    """A WSGI application, for requests that got no thread. It asks nothing of anyone."""
    answer = unavailable(WSGIRequest(environ))
    start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
    return answer


def unavailable(request: HttpRequest) -> HttpResponse:
    """A page, or a problem document for programs."""
    return _unavailable_api(request) if programs.is_api(request.path_info) else _unavailable_page()


def _unavailable_api(request: HttpRequest) -> HttpResponse:
    problem = Unavailable()
    return forward_auth.refusal(problem) if request.path_info == "/api/v1/verify" else problems.response(problem)


def _unavailable_page() -> HttpResponse:
    # Without a context processor that would ask the database who this is.
    answer = HttpResponse(render_to_string("503.html"), status=503)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
