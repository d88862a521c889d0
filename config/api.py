"""The site's own API, which passes none of the middlewares of pages: no session, no CSRF token, no language."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from config import availability, programs
from oncekeys.doors import problems
from oncekeys.doors.problems import RequestCode, RequestError

NO_SUCH_PATH = "There is nothing at this address. /api/openapi.json describes what there is."
# No document of the API is a page. This one is for a browser that is made to show it as one.
POLICY = "default-src 'none'; frame-ancestors 'none'"


class ApiMiddleware:
    """Calls the API's views itself. What comes after it in MIDDLEWARE is for pages alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not programs.is_api(request.path_info):
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost
        response = _answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        match = request.resolver_match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return problems.response(RequestError(RequestCode.NOT_FOUND, NO_SUCH_PATH))
    except availability.AWAY:
        return availability.unavailable(request)
    return response
