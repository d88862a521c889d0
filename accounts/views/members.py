"""Who belongs to the account, and as what."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.views.access import manager_required
from accounts.views.requests import AccountRequest


@require_safe
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    memberships = account.memberships.select_related("user").order_by("created_at", "id")
    return render(
        request, "settings/members.html", {"account": account, "section": "members", "memberships": memberships}
    )
