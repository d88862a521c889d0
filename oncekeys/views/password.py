"""Asks for the password that Django keeps, for a project whose Host has `oncekeys.proofs.PasswordProof`."""

import time

from django.contrib.auth import authenticate
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from oncekeys import links
from oncekeys.forms.password import PasswordForm
from oncekeys.host import host
from oncekeys.models import Account
from oncekeys.proofs import PASSWORD_CONFIRMED, PasswordProof
from oncekeys.services import security_log, throttle
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def confirm(request: AccountRequest, account: Account) -> HttpResponse:
    """Back to `next` once the password is right."""
    if not isinstance(host, PasswordProof):
        raise Http404
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if reason := _refusal(request, form.cleaned_data["password"]):
            form.add_error("password", reason)
        else:
            # Another holder of this session's cookie hasn't proven anything.
            request.session.cycle_key()
            request.session[PASSWORD_CONFIRMED] = time.time()
            return HttpResponseRedirect(_afterwards(request))
    context = {"account": account, "section": "integrations", "title": _("Confirm it’s you"), "form": form}
    return page(request, "oncekeys/password.html", context, status=422 if form.errors else 200)


@sensitive_variables("password")
def _refusal(request: AccountRequest, password: str) -> str:
    """Why it is not accepted; empty if it is. It is asked of the project's backends, so that theirs count it too."""
    if not request.user.has_usable_password():
        return _("You don’t have a password here, so we can’t confirm it’s you. Ask support.")
    if throttle.too_many_passwords(request.user.pk):
        return _("Too many tries. Wait a minute, then try again.")
    person = authenticate(request, username=request.user.get_username(), password=password)
    is_right = person == request.user
    event = "proof.succeeded" if is_right else "proof.failed"
    security_log.write(event, person=str(request.user.pk), address=request.by.address, method="password")
    return "" if is_right else _("This isn’t your password. Try again.")


def _afterwards(request: AccountRequest) -> str:
    wanted = request.GET.get("next", "")
    return wanted if links.is_own_path(wanted) else links.page(request, "apis_webhooks")
