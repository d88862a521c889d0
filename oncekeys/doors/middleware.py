"""Doors for a whole site: one that guards paths, and one that tells consumers when their key will expire."""

from collections.abc import Callable, Collection
from functools import partial
from itertools import chain
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.http import http_date

from oncekeys import compat, conf
from oncekeys.doors import caching, lookup_threads, preflight, problems
from oncekeys.doors.requests import authenticate
from oncekeys.models import ApiKey
from oncekeys.services.refusals import NotAdmitted

Handler = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def api_key_middleware(get_response: Handler) -> Handler:
    """Require a valid key with the right scopes below ONCEKEYS_PROTECTED_PATHS. Elsewhere, ignore keys.

    Views find the account's API user in `request.user` and the ApiKey in `request.auth`. List this after Django's own
    session and authentication middleware, whose user it replaces.
    """
    middleware = _async_door(get_response) if iscoroutinefunction(get_response) else _door(get_response)
    middleware.process_view = _stop_preflight  # type: ignore[attr-defined]
    return middleware


def _door(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        if (required := _required_scopes(request)) is None:
            response = get_response(request)
            return response
        response = _refusal(request, required) or get_response(request)
        return caching.answered(request, response)

    return middleware


def _async_door(get_response: Handler) -> Handler:
    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        if (required := _required_scopes(request)) is None:
            response = await get_response(request)
            return response
        try:
            refusal = await lookup_threads.arun(partial(_refusal, request, required))
        except NotAdmitted as late:
            refusal = problems.response(late)
        response = refusal or await get_response(request)
        return caching.answered(request, response)

    return middleware


@sync_and_async_middleware
def key_expires_middleware(get_response: Handler) -> Handler:
    """Add `Oncekeys-Key-Expires`, an HTTP date (RFC 9110), if any door accepted a key that expires.

    Error pages from behind a door also get the headers for caches here that the door would have added.
    """
    if iscoroutinefunction(get_response):

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            return _finished(request, await get_response(request))

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _finished(request, get_response(request))

    return middleware


def _required_scopes(request: HttpRequest) -> list[str] | None:
    """Return the scopes that all matching paths require together, or None if the path isn't protected."""
    required = [scopes for path, scopes in conf.protected_paths().items() if request.path_info.startswith(path)]
    return list(chain.from_iterable(required)) if required else None


def _refusal(request: HttpRequest, required: Collection[str]) -> HttpResponseBase | None:
    if preflight.is_preflight(request):
        return None  # middleware after this one answers it
    try:
        authenticate(request, scopes=required)
    except NotAdmitted as refused:
        return problems.response(refused)
    # A browser never adds a key by itself, so a request with a key can't be forged across sites.
    compat.spare_csrf_token(request)
    return None


def _stop_preflight(request: HttpRequest, view: Handler, *_: Any) -> HttpResponseBase | None:
    """Stop a preflight that no middleware has answered: a view without its own door would run without a key."""
    if preflight.is_preflight(request) and _required_scopes(request) is not None:
        return None if preflight.handles_options(view) else preflight.answer()
    return None


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if caching.is_open(request):
        caching.answered(request, response)
    api_key = getattr(request, "auth", None)
    if isinstance(api_key, ApiKey) and api_key.expires_at is not None and api_key.deleted_at is None:
        response["Oncekeys-Key-Expires"] = http_date(api_key.expires_at.timestamp())
    return response
