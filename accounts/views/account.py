"""Account settings: its name, and how its people sign in."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.account import AccountForm
from accounts.forms.security import SecurityForm
from accounts.models import Role
from accounts.services import account_security
from accounts.views.requests import MemberRequest
from oncekeys.host import host
from oncekeys.models import Account
from oncekeys.services import accounts, audit
from oncekeys.views.access import manager_required
from oncekeys.views.reauthentication import fresh_proof_required


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit(request: MemberRequest, account: Account) -> HttpResponseBase:
    if request.method == "POST" and (asked := host.confirm(request)):
        return asked
    form = _naming_of(account, request.POST if request.method == "POST" else None)
    if form.is_valid() and _rename(request, account, form):
        messages.success(request, _("The account is now called “%(name)s”.") % {"name": account.name})
        return redirect("account_settings", account.slug)
    return _page(request, account, form=form, security=_security_of(account))


@require_POST
@manager_required
@fresh_proof_required
def secure(request: MemberRequest, account: Account) -> HttpResponse:
    if request.membership.role != Role.OWNER:
        raise PermissionDenied(_("Only an owner can change how people sign in."))
    security = _security_of(account, request.POST)
    if security.is_valid() and _require_two_step(request, account, security):
        return redirect("account_settings", account.slug)
    return _page(request, account, form=_naming_of(account), security=security)


def _rename(request: MemberRequest, account: Account, form: AccountForm) -> bool:
    """Return whether it was renamed; if not, the form says why."""
    try:
        accounts.rename(account=account, by=request.by, **form.cleaned_data)
    except audit.Outdated as error:
        form.outdate(error.changes)
        return False
    return True


def _require_two_step(request: MemberRequest, account: Account, security: SecurityForm) -> bool:
    """Return whether that was changed; if not, the form says why."""
    required = security.cleaned_data["requires_two_step"]
    try:
        account_security.require_two_step(
            account=account,
            by=request.by,
            required=required,
            seen=security.cleaned_data["seen"],
        )
    except audit.Outdated as error:
        security.outdate(error.changes)
        return False
    except account_security.NoSecondStep as error:
        security.add_error(error.field, str(error))
        return False
    messages.success(request, _required() if required else _optional())
    return True


def _required() -> str:
    return _("Everyone in this account now needs two-step sign-in.")


def _optional() -> str:
    return _("Two-step sign-in is now optional.")


def _naming_of(account: Account, data: QueryDict | None = None) -> AccountForm:
    return AccountForm(data, initial={"name": account.name, "seen": accounts.renamings(account).latest_id()})


def _security_of(account: Account, data: QueryDict | None = None) -> SecurityForm:
    seen = account_security.decisions(account).latest_id()
    return SecurityForm(data, initial={"requires_two_step": account_security.is_required(account), "seen": seen})


def _page(request: MemberRequest, account: Account, **forms: Any) -> HttpResponse:
    context = {
        "account": account,
        "section": "account",
        "decides_security": request.membership.role == Role.OWNER,
        **forms,
    }
    status = 422 if any(form.is_refused for form in forms.values()) else 200
    return render(request, "account_settings.html", context, status=status)
