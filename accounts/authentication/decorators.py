"""Lets a request through to a view only with a valid key."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.authentication import problems
from accounts.authentication.requests import KeyRequest, authenticate
from accounts.services.refusals import Refused

P = ParamSpec("P")


def api_key_required(
    view: Callable[Concatenate[KeyRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Sets `request.user` to the account's API user and `request.auth` to the ApiKey, else answers with the refusal.

    A session is not looked at, so a CSRF token is not needed either.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            authenticated = authenticate(request)
        except Refused as refused:
            return problems.response(refused)
        return view(authenticated, *args, **kwargs)

    return guarded
