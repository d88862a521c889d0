"""Decides who may see pages that don't belong to an account."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from accounts.views.requests import SignedInRequest
from oncekeys.views.access import to_sign_in

P = ParamSpec("P")
PersonView = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def sign_in_required(view: PersonView[P]) -> PersonView[P]:
    """Require a signed-in person, or redirect to the sign-in page. For pages that don't belong to an account."""

    @never_cache
    @wraps(view)
    def guarded(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_sign_in(request)

    return guarded
