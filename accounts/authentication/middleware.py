"""Doors for a whole site: one that guards paths, and one that tells consumers when their key will expire."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.http import http_date

from accounts import conf
from accounts.authentication import problems
from accounts.authentication.requests import authenticate
from accounts.models import ApiKey
from accounts.services.refusals import Refused

Handler = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def api_key_middleware(get_response: Handler) -> Handler:
    """Below ONCEKEYS_PROTECTED_PATHS, nothing answers without a valid key that may do what they ask for.

    Elsewhere a key means nothing. Views find the account's API user in `request.user` and the ApiKey in
    `request.auth`. Stands behind Django's own authentication and session middleware, whose user it replaces.
    """
    if iscoroutinefunction(get_response):

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            refusal = await sync_to_async(_refusal)(request)
            response: HttpResponseBase = refusal or await get_response(request)
            return response

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = _refusal(request) or get_response(request)
        return response

    return middleware


@sync_and_async_middleware
def key_expires_middleware(get_response: Handler) -> Handler:
    """Adds `Oncekeys-Key-Expires`, an HTTP date (RFC 9110), wherever a key that expires was accepted, by any door."""
    if iscoroutinefunction(get_response):

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            return _with_expiry(request, await get_response(request))

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _with_expiry(request, get_response(request))

    return middleware


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """What every path that protects this one asks for is asked for."""
    required = [scopes for path, scopes in conf.protected_paths().items() if request.path_info.startswith(path)]
    if not required:
        return None
    try:
        authenticate(request, scopes=chain.from_iterable(required))
    except Refused as refused:
        return problems.response(refused)
    # A key in a header is not sent by a browser on its own, so a request with one cannot be forged across sites.
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return None


def _with_expiry(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    api_key = getattr(request, "auth", None)
    if isinstance(api_key, ApiKey) and api_key.expires_at is not None and api_key.deleted_at is None:
        response["Oncekeys-Key-Expires"] = http_date(api_key.expires_at.timestamp())
    return response
