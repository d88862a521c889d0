"""The figures of a key's use, and how they are drawn."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from oncekeys.models import KeyUsage
from oncekeys.reports import usage_summary
from oncekeys.reports.usage_summary import NO_USAGE, UsageSummary
from oncekeys.templatetags.oncekeys_usage_summary import sparkline

NOW = datetime(2026, 6, 16, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def note(key, calls: int, *, hours_ago: int = 0, outcome: str = "accepted") -> None:
    hour = NOW.replace(minute=0) - hours_ago * HOUR
    KeyUsage.objects.create(api_key=key, hour=hour, outcome=outcome, calls=calls)


def figures(*days: int) -> UsageSummary:
    """Those of a key with such calls on the last days."""
    return NO_USAGE._replace(days=(0,) * (30 - len(days)) + days)


@pytest.mark.django_db
def test_refusals_are_told_from_calls_let_in(crm):
    key = crm.api_key
    note(key, 5)
    note(key, 7, outcome="paused_key")
    note(key, 11, outcome="invalid_key")
    note(key, 3, outcome="expired_key", hours_ago=30)

    found = usage_summary.of_keys([key], at=NOW)[key.pk]

    assert found.today == found.total == 5
    assert found.refused_today == 18
    assert (found.last_day, found.refused_last_day) == (12, 7)


@pytest.mark.django_db
def test_the_last_24_hours_begin_with_the_hour_on_the_clock(crm):
    for hours in (23, 24, 25):
        note(crm.api_key, 10**hours % 97, hours_ago=hours)

    found = usage_summary.of_keys([crm.api_key], at=NOW)[crm.api_key.pk]

    assert found.last_day == 10**23 % 97 + 10**24 % 97


@pytest.mark.django_db
def test_thirty_days_are_counted_and_not_one_more(crm):
    for days in (29, 30):
        note(crm.api_key, 10**days % 97, hours_ago=24 * days)

    found = usage_summary.of_keys([crm.api_key], at=NOW)[crm.api_key.pk]

    assert found.days[0] == found.total == 10**29 % 97


def test_a_bar_is_as_high_as_its_day_beside_the_busiest():
    drawing = sparkline(figures(50, 100, 100, 25))

    assert '<path d="M0 20V20h26V10h1V0h2V20"/>' in drawing
    assert 'd="M29 20V15h1V20"' in drawing


def test_a_single_call_can_be_seen_beside_a_million():
    assert "M29 20V19h1V20" in sparkline(figures(1_000_000, 1))


def test_what_is_drawn_is_said_too():
    words = [
        re.findall('aria-label="([^"]*)"', sparkline(figures(*days))) for days in ((1400, 5900, 0, 4391), (3,), ())
    ]

    assert words == [
        ["Requests per day: 0 to 5,900, and 4,391 today so far"],
        ["Requests per day: none before today, 3 today so far"],
        [],
    ]
