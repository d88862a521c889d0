"""The account's audit log, newest first."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from oncekeys.forms.activity import ActivityFilterForm
from oncekeys.models import Account
from oncekeys.reports import deleted_keys
from oncekeys.views import pagination
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest

PAGE_SIZE = 50


@require_safe
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    form = ActivityFilterForm(request.GET, account=account)
    before = pagination.decode(request.GET.get("before", ""))
    events = list(form.shown_events().newest_first(before=before)[: PAGE_SIZE + 1])
    context = {
        "account": account,
        "section": "activity",
        "form": form,
        "events": events[:PAGE_SIZE],
        "before": before,
        "older": pagination.encode(events[PAGE_SIZE - 1]) if len(events) > PAGE_SIZE else None,
        "still_called": deleted_keys.in_account(account),
    }
    return page(request, "oncekeys/activity/index.html", context)
