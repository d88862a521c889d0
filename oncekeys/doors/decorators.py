"""Lets a request through to a view only with a valid key."""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from oncekeys import conf
from oncekeys.doors import caching, lookup_threads, preflight, problems
from oncekeys.doors.requests import KeyRequest, authenticate
from oncekeys.models import Environment
from oncekeys.services.refusals import NotAdmitted

View = Callable[..., Any]
Authenticate = Callable[[HttpRequest], KeyRequest]
TurnAway = Callable[[HttpRequest], HttpResponseBase | None]


def api_key_required(
    view: View | None = None, *, environment: Environment | None = None, scopes: str | Iterable[str] = ()
) -> View:
    """Require a key for a view, sync or async. `@api_key_required(environment=…, scopes=[…])` also requires those.

    The view finds the account's API user in `request.user` and the ApiKey in `request.auth`. A request without a valid
    key gets the refusal. The session is ignored, so the view needs neither a CSRF token nor a sign-in.
    """
    if view is None:
        return lambda view: api_key_required(view, environment=environment, scopes=scopes)
    turn_away = partial(_turn_away, view, partial(authenticate, environment=environment, scopes=conf.listed(scopes)))
    guard = _async_guard if _is_async(view) else _guard
    return csrf_exempt(login_not_required(wraps(view)(guard(view, turn_away))))


def _is_async(view: View) -> bool:
    """Return whether the view is async. The `dispatch` of a class is, if its `get` is."""
    return iscoroutinefunction(view) or getattr(preflight.instance_of(view), "view_is_async", False)


def _guard(view: View, turn_away: TurnAway) -> View:
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return caching.answered(request, turn_away(request) or view(request, *args, **kwargs))

    return guarded


def _async_guard(view: View, turn_away: TurnAway) -> View:
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            refusal = await lookup_threads.arun(partial(turn_away, request))
        except NotAdmitted as late:
            refusal = problems.response(late)
        response = refusal or await view(request, *args, **kwargs)
        return caching.answered(request, response)

    return guarded


def _turn_away(view: View, authenticate: Authenticate, request: HttpRequest) -> HttpResponseBase | None:
    """Return the response that replaces the view's, or None if a key was let in."""
    if preflight.is_preflight(request):
        return None if preflight.handles_options(view) else preflight.answer()
    try:
        authenticate(request)
    except NotAdmitted as refused:
        return problems.response(refused)
    return None
