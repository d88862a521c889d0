"""Lets a request through to a view only with a valid key."""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts import conf
from accounts.authentication import problems
from accounts.authentication.requests import KeyRequest, authenticate
from accounts.models import Environment
from accounts.services.refusals import Refused

View = Callable[..., Any]
Authenticate = Callable[[HttpRequest], KeyRequest]


def api_key_required(
    view: View | None = None, *, environment: Environment | None = None, scopes: str | Iterable[str] = ()
) -> View:
    """`@api_key_required`, or `@api_key_required(environment=…, scopes=[…])` for keys that may do that; sync or async.

    The view finds the account's API user in `request.user` and the ApiKey in `request.auth`; a request without a valid
    key is answered with the refusal. A session is not looked at, so a CSRF token is not needed either.
    """
    if view is None:
        return lambda view: api_key_required(view, environment=environment, scopes=scopes)
    guard = _async_guard if _is_async(view) else _guard
    admitted = partial(authenticate, environment=environment, scopes=conf.listed(scopes))
    return csrf_exempt(wraps(view)(guard(view, admitted)))


def _is_async(view: View) -> bool:
    """Also where `method_decorator` hands over the `dispatch` of a class, in a partial: it returns what `get` does."""
    of_a_class = getattr(getattr(view, "func", None), "__self__", None)
    return iscoroutinefunction(view) or getattr(of_a_class, "view_is_async", False)


def _guard(view: View, authenticate: Authenticate) -> View:
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            authenticated = authenticate(request)
        except Refused as refused:
            return problems.response(refused)
        response: HttpResponseBase = view(authenticated, *args, **kwargs)
        return response

    return guarded


def _async_guard(view: View, authenticate: Authenticate) -> View:
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            authenticated = await sync_to_async(authenticate)(request)
        except Refused as refused:
            return problems.response(refused)
        response: HttpResponseBase = await view(authenticated, *args, **kwargs)
        return response

    return guarded
