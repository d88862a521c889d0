"""A person's own log: what happened to how they sign in, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.views.access import sign_in_required
from accounts.views.requests import SignedInRequest
from oncekeys.views import pagination

PAGE_SIZE = 20


@require_safe
@sign_in_required
def index(request: SignedInRequest) -> HttpResponse:
    before = pagination.decode(request.GET.get("before", ""))
    events = list(request.user.events.newest_first(before=before)[: PAGE_SIZE + 1])
    context = {
        "events": events[:PAGE_SIZE],
        "before": before,
        "older": pagination.encode(events[PAGE_SIZE - 1]) if len(events) > PAGE_SIZE else None,
    }
    return render(request, "profile/activity.html", context)
