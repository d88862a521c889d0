"""Views that fail and views that work, with the key everywhere it shouldn't be."""

import logging

import sentry_sdk
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from sentry_sdk import logger as sentry_logger

from accounts.authentication.decorators import api_key_required


@api_key_required
def fails(request: HttpRequest, key: str) -> HttpResponse:
    """The key is in local variables, in the log, in an exception's message and in that of its cause."""
    called_with = {key: [request.headers, key.encode()]}
    sentry_logger.warning("Called with {key}", key=key)
    logging.getLogger(__name__).warning("Called with %s", called_with)
    try:
        raise LookupError(key)
    except LookupError as error:
        raise ValueError(f"No orders for {key}") from error


@api_key_required
def works(request: HttpRequest, key: str) -> HttpResponse:
    with sentry_sdk.start_span(op="http.client", name=f"GET https://api.example.com/{key}"):
        return HttpResponse("Here you are.")


urlpatterns = [path("fails/<str:key>", fails), path("works/<str:key>", works), path("", include("oncekeys.urls"))]
