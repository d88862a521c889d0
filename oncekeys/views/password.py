"""Asks for the password that Django keeps, for a project whose Host has `oncekeys.proofs.PasswordProof`."""

import time

from django.contrib.auth import authenticate
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from oncekeys import links
from oncekeys.forms.password import PasswordForm
from oncekeys.models import Account
from oncekeys.proofs import PASSWORD_CONFIRMED
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def confirm(request: AccountRequest, account: Account) -> HttpResponse:
    """Back to `next` once the password is right."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if authenticate(request, username=request.user.get_username(), password=form.cleaned_data["password"]):
            request.session[PASSWORD_CONFIRMED] = time.time()
            return HttpResponseRedirect(_afterwards(request))
        form.add_error("password", _("This isn’t your password. Try again."))
    context = {"account": account, "section": "integrations", "title": _("Confirm it’s you"), "form": form}
    return page(request, "oncekeys/password.html", context, status=422 if form.errors else 200)


def _afterwards(request: AccountRequest) -> str:
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return links.page(request, "apis_webhooks")
