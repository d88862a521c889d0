"""The account's audit log, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.views.access import manager_required
from accounts.views.requests import AccountRequest

PAGE_SIZE = 50


@require_safe
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    events = account.audit_events.newest_first()
    page = list(events[: PAGE_SIZE + 1])
    context = {
        "account": account,
        "section": "activity",
        "events": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
    }
    return render(request, "settings/activity.html", context)
