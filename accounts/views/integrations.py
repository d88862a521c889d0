"""Account Integrations: the tiles."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.conf import MAX_ACTIVE_KEYS
from accounts.models import Account
from accounts.views.access import manager_required
from accounts.views.requests import AccountRequest


@require_safe
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    context = {
        "account": account,
        "section": "integrations",
        "active": account.api_keys.active().count(),
        "cap": MAX_ACTIVE_KEYS,
        "last_used_at": account.api_keys.last_used_at(),
    }
    return render(request, "settings/integrations.html", context)
