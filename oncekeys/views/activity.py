"""The account's audit log, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oncekeys.forms.activity import ActivityFilterForm
from oncekeys.models import Account
from oncekeys.reports import deleted_keys
from oncekeys.views import pagination
from oncekeys.views.access import manager_required
from oncekeys.views.requests import AccountRequest

PAGE_SIZE = 50


@require_safe
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    form = ActivityFilterForm(request.GET, account=account)
    before = pagination.read(request.GET.get("before", ""))
    page = list(form.events().newest_first(before=before)[: PAGE_SIZE + 1])
    context = {
        "account": account,
        "section": "activity",
        "form": form,
        "events": page[:PAGE_SIZE],
        "before": before,
        "older": pagination.written(page[PAGE_SIZE - 1]) if len(page) > PAGE_SIZE else None,
        "still_called": deleted_keys.in_account(account),
    }
    return render(request, "oncekeys/activity/index.html", context)
