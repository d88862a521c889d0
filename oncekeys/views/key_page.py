"""A key's own page: what it is, who uses it and from where, and what was done to it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from oncekeys import links
from oncekeys.models import Account, old_keys
from oncekeys.models.api_key import FirstCall
from oncekeys.reports import pauses, usage_history
from oncekeys.reports.rotation_status import status_of
from oncekeys.reports.usage_summary import SHOWN_DAYS
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest

SHOWN_EVENTS = 10


@require_safe
@manager_required
def show(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    """A deleted key has its page too: the account's activity leads there."""
    api_key = get_object_or_404(account.api_keys.with_relatives(), key_id=key_id)
    line = account.api_keys.in_line_with(api_key) if api_key.is_current else account.api_keys.filter(pk=api_key.pk)
    days = _period(request.GET.get("days", ""))
    context = {
        "account": account,
        "section": "integrations",
        "key": api_key,
        "state": api_key.state(at=api_key.now),
        "pause": pauses.of_keys([api_key]).get(api_key.pk),
        "about_new_key": old_keys.about_new_key(api_key),
        "rotation": status_of(api_key),
        "works": api_key.works(at=api_key.now),
        "history": (history := usage_history.of_key(api_key, line, at=api_key.now, days=days)),
        "days": days,
        "periods": usage_history.PERIODS,
        "was_requested": history.accepted or history.refused,
        "uses": line.uses(),
        # Not by the history alone: it was read later, and a dialog waits for the line that tells of the first request.
        "awaits_first_use": api_key.last_used_at is None,
        "has_just_worked": api_key.first_call(at=api_key.now) == FirstCall.JUST_CAME,
        "addresses": api_key.used_from.latest_first(),
        "events": api_key.audit_events.newest_first()[:SHOWN_EVENTS],
        "test_url": links.test_url(),
    }
    return page(request, "oncekeys/api_keys/key.html", context)


def _period(asked: str) -> int:
    """Return how many days to show; 30 for a number that isn't offered."""
    return next((days for days in usage_history.PERIODS if str(days) == asked), SHOWN_DAYS)
