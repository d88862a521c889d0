"""Views that fail and views that work, with the key everywhere it shouldn't be."""

import logging

import sentry_sdk
from django.http import HttpResponse
from rest_framework.response import Response
from sentry_sdk import logger as sentry_logger

from oncekeys.doors.decorators import api_key_required

from .rest import Orders


def _fail(request, key):
    """The key is in local variables, in the log, in an exception's message and in that of its cause."""
    called_with = {key: [request.headers, key.encode()]}
    sentry_logger.warning("Called with {key}", key=key)
    logging.getLogger(__name__).warning("Called with %s", called_with)
    try:
        raise LookupError(key)
    except LookupError as error:
        raise ValueError(f"No orders for {key}") from error


@api_key_required
def fails(request, key):
    _fail(request, key)


@api_key_required
async def async_fails(request, key):
    _fail(request, key)


class FailingOrders(Orders):
    def post(self, request, key):
        _fail(request, key)
        return Response()


@api_key_required
def works(request, key):
    with sentry_sdk.start_span(op="http.client", name=f"GET https://api.example.com/{key}"):
        return HttpResponse("Here you are.")
