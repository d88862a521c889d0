"""Lets a browser ask what it may send, before it sends a key.

A CORS preflight (Fetch standard, section 4.8) can't carry a key, so a door passes it on to the API's own CORS handling.
That is middleware, or the `options` of a class. A function is never run for it: without a key, that would be a way in.
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
    """The instance whose `dispatch` it is, as `method_decorator` hands it over; else None."""
    bound = unwrap(dispatch, stop=lambda each: isinstance(each, partial))
    return getattr(getattr(bound, "func", None), "__self__", None)


def answer() -> HttpResponse:
    """Allows nothing. Middleware before the door adds what the API allows."""
    return HttpResponse(status=204)
