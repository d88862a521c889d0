"""Account settings: its name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.authentication.addresses import client_address
from accounts.forms import AccountForm
from accounts.models import Account
from accounts.services import accounts
from accounts.views.access import manager_required
from accounts.views.requests import AccountRequest


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def edit(request: AccountRequest, account: Account) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None, initial={"name": account.name})
    if form.is_valid():
        accounts.rename(account=account, actor=request.user, address=client_address(request), **form.cleaned_data)
        messages.success(request, _("The account is now called “%(name)s”.") % {"name": account.name})
        return redirect("account_settings", account.slug)
    context = {"account": account, "form": form, "section": "account"}
    return render(request, "settings/account.html", context, status=422 if form.errors else 200)
