"""The figures of a key's use, and how they are drawn."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import KeyUsage
from accounts.models.figures import NO_FIGURES, Figures
from accounts.templatetags.figures import sparkline
from accounts.templatetags.spans import span

NOW = datetime(2026, 6, 16, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def note(key, calls: int, *, hours_ago: int = 0, outcome: str = "accepted") -> None:
    hour = NOW.replace(minute=0) - hours_ago * HOUR
    KeyUsage.objects.create(api_key=key, hour=hour, outcome=outcome, calls=calls)


def figures(*days: int) -> Figures:
    """Those of a key with such calls on the last days."""
    return NO_FIGURES._replace(days=(0,) * (30 - len(days)) + days)


@pytest.mark.django_db
def test_refusals_are_told_from_calls_let_in(crm):
    key = crm.api_key
    note(key, 5)
    note(key, 7, outcome="paused_key")
    note(key, 11, outcome="invalid_key")
    note(key, 3, outcome="expired_key", hours_ago=30)

    found = KeyUsage.objects.figures([key], at=NOW)[key.pk]

    assert found.today == found.total == 5
    assert found.refused_today == 18
    assert found.refused_last_hour == 7
    assert found.refused_since_end == 3
    assert found.last_refused_at == NOW.replace(hour=15, minute=0)


@pytest.mark.django_db
def test_a_refusal_that_may_be_of_the_last_hour_is_never_rounded_away(crm):
    note(crm.api_key, 1, outcome="paused_key", hours_ago=1)

    at = NOW.replace(minute=59)

    assert KeyUsage.objects.figures([crm.api_key], at=at)[crm.api_key.pk].refused_last_hour == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours_ago", "apart"),
    [
        (range(8), HOUR),
        (range(200), HOUR),
        (range(11, 300, 24), 24 * HOUR),
        ([0, 1, 24, 25], 23 * HOUR),
        ([day + hour for day in range(0, 240, 24) for hour in (11, 12, 13)], 22 * HOUR),
        ([0, 1, 2, 100, 101], 98 * HOUR),
        ([*range(50), *range(74, 98)], 97 * HOUR / 73),
        ([5], 0 * HOUR),
    ],
)
def test_a_job_of_the_night_is_told_from_one_that_calls_all_day(crm, hours_ago, apart):
    for hours in hours_ago:
        note(crm.api_key, 9, hours_ago=hours)
        note(crm.api_key, 1, hours_ago=hours + 400, outcome="paused_key")

    assert KeyUsage.objects.figures([crm.api_key], at=NOW)[crm.api_key.pk].rhythm == apart


@pytest.mark.django_db
def test_who_was_refused_last_held_the_key(crm):
    note(crm.api_key, 1)
    note(crm.api_key, 1, outcome="invalid_key")
    note(crm.api_key, 1, outcome="account_disabled", hours_ago=9)
    note(crm.api_key, 1, outcome="paused_key", hours_ago=33)

    found = KeyUsage.objects.figures([crm.api_key], at=NOW)[crm.api_key.pk]

    assert found.last_refused_at == NOW.replace(minute=0) - 8 * HOUR


@pytest.mark.django_db
def test_thirty_days_are_counted_and_not_one_more(crm):
    for days in (29, 30):
        note(crm.api_key, 10**days % 97, hours_ago=24 * days)

    found = KeyUsage.objects.figures([crm.api_key], at=NOW)[crm.api_key.pk]

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

    assert words == [["Calls a day: 0 to 5,900, today 4,391 so far"], ["Calls a day: none before today, 3 so far"], []]


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "1 min"), (59, "59 min"), (190, "3 h 10 min"), (47 * 60, "47 h 0 min"), (2880, "2 days")]
)
def test_a_stretch_of_time_is_said_in_its_largest_units(minutes, text):
    assert span(timedelta(minutes=minutes)) == text
