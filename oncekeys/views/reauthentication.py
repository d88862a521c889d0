"""A fresh proof of identity, asked for before a page is shown on which something weighty can be done."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from oncekeys.host import host
from oncekeys.views.access import to_sign_in

P = ParamSpec("P")


def fresh_proof_required(
    view: Callable[Concatenate[Any, P], HttpResponseBase],
) -> Callable[Concatenate[Any, P], HttpResponseBase]:
    """Sends people who must first show that it is them to where they do so, and back here from there.

    Belongs inside `manager_required` and its like, which answer first.
    """

    @never_cache
    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return host.confirm(request) or view(request, *args, **kwargs)

    return guarded
