"""Limits a view of the API to some methods, and refuses the others with a problem document."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from oncekeys.doors import problems
from oncekeys.doors.problems import RequestCode, RequestError

View = Callable[..., HttpResponseBase]


def methods(*allowed: str) -> Callable[[View], View]:
    """Allow only some methods: `@methods("GET", "HEAD")`. Any other gets 405 and `Allow`, before a key is checked."""
    not_allowed = RequestError(RequestCode.METHOD_NOT_ALLOWED, f"This URL supports only {' and '.join(allowed)}.")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in allowed:
                return view(request, *args, **kwargs)
            response = problems.response(not_allowed)
            response["Allow"] = ", ".join(allowed)
            return response

        return guarded

    return decorate
