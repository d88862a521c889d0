"""Asks the host who may see a page. This is the only place that does."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.template import TemplateDoesNotExist, loader
from django.urls import get_resolver
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from oncekeys.client import asked_by
from oncekeys.host import host
from oncekeys.models import Account
from oncekeys.services.meanwhile import RemovedMeanwhile
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest, PageRequest

P = ParamSpec("P")
R = TypeVar("R", bound=AccountRequest)
AccountView = Callable[Concatenate[R, Account, P], HttpResponseBase]
Page = Callable[..., HttpResponseBase]


def account_required(view: AccountView[R, P]) -> Page:
    """Gives the view the account that the host names, and sets `request.by`.

    Signed out: the sign-in page. 404 for what was removed while the request waited.
    """
    # Behind the request and the account come the arguments of our own URLs; all others are the host's.
    own = list(inspect.signature(view).parameters)[2:]

    @login_not_required  # what Django's LoginRequiredMiddleware answers does not fit a dialog
    @never_cache
    @wraps(view)
    def guarded(request: R, **arguments: Any) -> HttpResponseBase:
        if request.htmx.boosted:
            # The project's own links swap whole pages; ours bring scripts that run once a page.
            return HttpResponseClientRedirect(request.get_full_path())
        if not request.user.is_authenticated:
            return to_sign_in(request)
        request.mount = {name: value for name, value in arguments.items() if name not in own}
        account = host.account(request, **request.mount)
        if isinstance(account, HttpResponseBase):
            return account
        if not account.is_enabled:
            return _refused(request, account, _("This account is disabled. Ask support to enable it again."))
        request.by = asked_by(request)
        try:
            return view(request, account, **{name: arguments[name] for name in own if name in arguments})  # type: ignore[call-arg]
        except RemovedMeanwhile as error:
            raise Http404 from error

    return guarded


def manager_required(view: AccountView[R, P]) -> Page:
    """As `account_required`, and 403 with a sentence for people who may not manage the keys."""

    @wraps(view)
    def guarded(request: R, account: Account, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not host.may_manage(request, account):
            return _refused(request, account, host.refusal(request, account))
        return view(request, account, *args, **kwargs)

    return account_required(guarded)


def _refused(request: PageRequest, account: Account, sentence: str) -> HttpResponse:
    """The project's 403 page gets the sentence as `exception`. Without one, a page of ours says it."""
    if _project_answers_refusals():
        raise PermissionDenied(sentence)
    return page(request, "oncekeys/forbidden.html", {"account": account, "reason": sentence}, status=403)


def _project_answers_refusals() -> bool:
    if get_resolver().resolve_error_handler(403) is not defaults.permission_denied:
        return True
    try:
        return bool(loader.get_template(defaults.ERROR_403_TEMPLATE_NAME))
    except TemplateDoesNotExist:
        return False


def to_sign_in(request: PageRequest) -> HttpResponse:
    """The sign-in page, and back here from there. A dialog's request goes back to the page it was to open over."""
    if request.htmx:
        sign_in = redirect_to_login(request.htmx.current_url_abs_path or "/")
        return HttpResponseClientRedirect(sign_in.url)
    return redirect_to_login(request.get_full_path())
