"""Account Integrations: the tiles."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from oncekeys.conf import MAX_ACTIVE_KEYS
from oncekeys.models import Account
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest


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
    return page(request, "oncekeys/integrations.html", context)
