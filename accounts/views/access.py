"""Who may see a page: the one place that decides."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from accounts import two_step
from accounts.authentication.addresses import asked_by
from accounts.models import Account, Membership, Role
from accounts.services.meanwhile import RemovedMeanwhile
from accounts.views.requests import AccountRequest, PageRequest, SignedInRequest

P = ParamSpec("P")
AccountView = Callable[Concatenate[AccountRequest, Account, P], HttpResponseBase]
SlugView = Callable[Concatenate[AccountRequest, str, P], HttpResponseBase]
PersonView = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def member_required(view: AccountView[P]) -> SlugView[P]:
    """Gives the view the account instead of its slug, and sets `request.membership` and `request.by`.

    Signed out: the sign-in page. Not a member: 404, as for an account that does not exist, and as for what was removed
    while the request waited. Without the second step that the account asks for: where to set it up.
    """

    @never_cache
    @wraps(view)
    def guarded(request: AccountRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        # All of them in one query: the top bar leads to the others.
        request.memberships = list(Membership.objects.of(request.user))
        membership = next((each for each in request.memberships if each.account.slug == slug), None)
        if membership is None:
            raise Http404
        request.membership, request.by = membership, asked_by(request)
        if not membership.account.is_enabled:
            raise PermissionDenied(_("This account is disabled. Ask support to enable it again."))
        if membership.account.requires_two_step and not two_step.is_on(request.user):
            return _to_enrolment(request)
        try:
            return view(request, membership.account, *args, **kwargs)
        except RemovedMeanwhile as error:
            raise Http404 from error

    return guarded


def manager_required(view: AccountView[P]) -> SlugView[P]:
    """As `member_required`, and 403 with a sentence for whom is neither owner nor admin."""

    @wraps(view)
    def guarded(request: AccountRequest, account: Account, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.membership.manages_keys:
            raise PermissionDenied(_whom_to_ask(account))
        return view(request, account, *args, **kwargs)

    return member_required(guarded)


def sign_in_required(view: PersonView[P]) -> PersonView[P]:
    """For pages that belong to no account. Signed out: the sign-in page."""

    @never_cache
    @wraps(view)
    def guarded(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_sign_in(request)

    return guarded


def to_sign_in(request: PageRequest) -> HttpResponse:
    """The sign-in page, and back here from there. A dialog's request goes back to the page it was to open over."""
    if request.htmx:
        sign_in = redirect_to_login(request.htmx.current_url_abs_path or reverse("start"))
        return HttpResponseClientRedirect(sign_in.url)
    return redirect_to_login(request.get_full_path())


def _to_enrolment(request: PageRequest) -> HttpResponse:
    """Where the page says itself which accounts ask for it."""
    enrolment = reverse("mfa_index")
    return HttpResponseClientRedirect(enrolment) if request.htmx else redirect(enrolment)


def _whom_to_ask(account: Account) -> str:
    owners = account.memberships.filter(role=Role.OWNER).select_related("user")
    names = ", ".join(str(membership.user) for membership in owners)
    return _("Only owners and admins of %(account)s can open its settings. Ask %(names)s.") % {
        "account": account.name,
        "names": names,
    }
