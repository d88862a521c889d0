"""Lets a browser ask what it may send, before it sends a key.

A CORS preflight (Fetch standard, section 4.8) can't carry a key, so a door passes it on to the API's own CORS handling:
middleware, or the `options` method of a class. A preflight never runs a view function, since that would be a way in
without a key.
"""

from functools import partial
from inspect import unwrap
from typing import Any

from django.http import HttpRequest, HttpResponse


def is_preflight(request: HttpRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and "HTTP_ORIGIN" in request.META
        and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META
    )


def handles_options(view: Any) -> bool:
    """Return whether the view is a class with a method for each HTTP method."""
    return hasattr(view, "view_class") or instance_of(view) is not None


def instance_of(dispatch: Any) -> Any:
    """Return the instance whose `dispatch` this is, as `method_decorator` passes it, or None."""
    bound = unwrap(dispatch, stop=lambda each: isinstance(each, partial))
    return getattr(getattr(bound, "func", None), "__self__", None)


def answer() -> HttpResponse:
    """Return a response that allows nothing. Middleware in front of the door adds what the API allows."""
    return HttpResponse(status=204)
