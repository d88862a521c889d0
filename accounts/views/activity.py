"""The account's audit log, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.forms.activity import ActivityFilterForm
from accounts.models import Account, KeyUsage
from accounts.views import cursor
from accounts.views.access import manager_required
from accounts.views.requests import AccountRequest

PAGE_SIZE = 50


@require_safe
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    form = ActivityFilterForm(request.GET, account=account)
    before = cursor.read(request.GET.get("before", ""))
    page = list(form.events().newest_first(before=before)[: PAGE_SIZE + 1])
    context = {
        "account": account,
        "section": "activity",
        "form": form,
        "events": page[:PAGE_SIZE],
        "before": before,
        "older": cursor.written(page[PAGE_SIZE - 1]) if len(page) > PAGE_SIZE else None,
        "still_called": KeyUsage.objects.of_deleted_keys(account),
    }
    return render(request, "settings/activity.html", context)
