"""What the list tells of a key's use, from the counts by the hour."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import pairwise
from math import ceil
from statistics import median_low
from typing import NamedTuple

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from accounts.models.outcome import Outcome

SHOWN_DAYS = 30
HOUR = timedelta(hours=1)


class Figures(NamedTuple):
    """What the list tells of a key's use."""

    # Calls let in, one number for each of the last 30 days in the person's time zone, today's last.
    days: tuple[int, ...]
    # About how many in the last hour: the counts are by the hour on the clock.
    last_hour: int
    refused_today: int = 0
    # By whom holds the whole key. Likewise about, but never none where there may have been one.
    refused_last_hour: int = 0
    # Because the key had reached its end.
    refused_since_end: int = 0
    # By when at the latest whoever holds the whole key was refused last.
    last_refused_at: datetime | None = None
    # How far apart the hours with calls let in usually are: a day for a job that runs once a night.
    rhythm: timedelta = timedelta(0)

    @property
    def today(self) -> int:
        return self.days[-1]

    @property
    def total(self) -> int:
        return sum(self.days)


NO_FIGURES = Figures((0,) * SHOWN_DAYS, 0)


class Row(NamedTuple):
    """Calls of one key with one outcome on one day, how many of them in this hour and in the one before, and when."""

    key: int
    line: int  # the first key of its line of rotations
    outcome: str
    age: int  # in days: 0 is today
    calls: int
    this_hour: int
    hour_before: int
    # Those with calls: their number, and the first and the last of them.
    hours: int
    first: datetime
    last: datetime


def part_of_last_hour(hour: datetime, *, at: datetime) -> float:
    """How much of what was counted in the hour that began then, is less than an hour ago: from 0 to 1."""
    return min(1.0, max(0.0, (hour + 2 * HOUR - at) / HOUR))


def add_up(rows: Iterable[Row], *, at: datetime) -> Figures:
    """The figures of one key, or of several as if they were one."""
    rows = list(rows)
    let_in = [row for row in rows if row.outcome == Outcome.ACCEPTED]
    refused = [row for row in rows if row.outcome != Outcome.ACCEPTED]
    by_holders = [row for row in refused if row.outcome != Outcome.WRONG_SECRET]
    share = part_of_last_hour(beginning_of_hour(at) - HOUR, at=at)
    return Figures(
        days=_by_day(let_in),
        last_hour=sum(row.this_hour + round(row.hour_before * share) for row in let_in),
        refused_today=sum(row.calls for row in refused if row.age == 0),
        refused_last_hour=sum(row.this_hour + ceil(row.hour_before * share) for row in by_holders),
        refused_since_end=sum(row.calls for row in refused if row.outcome == Outcome.EXPIRED),
        last_refused_at=max((row.last + HOUR for row in by_holders), default=None),
        rhythm=_rhythm(let_in),
    )


def _by_day(rows: Iterable[Row]) -> tuple[int, ...]:
    days = [0] * SHOWN_DAYS
    for row in rows:
        days[-1 - row.age] += row.calls
    return tuple(days)


def _rhythm(days: list[Row]) -> timedelta:
    """The average, or how long it usually is from a day's last hour to the next day's first, if that is longer."""
    days = sorted(days, key=lambda day: day.first)
    gaps = sum(day.hours for day in days) - 1
    if gaps < 1:
        return timedelta(0)
    average = (days[-1].last - days[0].first) / gaps
    overnight = [later.first - day.last for day, later in pairwise(days)]
    return max(average, median_low(overnight)) if overnight else average


def beginning_of_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def beginnings_of_days(at: datetime) -> list[datetime]:
    """The midnights before each of the last 30 days in the person's time zone, today's first."""
    today = timezone.localdate(at)
    zone = timezone.get_current_timezone()
    return [datetime.combine(today - timedelta(days=age), time.min, zone) for age in range(SHOWN_DAYS)]


def age_in_days(beginnings: list[datetime]) -> Case:
    """In SQL. On SQLite it takes a third of the time of `TruncDate`, which calls Python for each row."""
    cases = (When(hour__gte=beginning, then=Value(age)) for age, beginning in enumerate(beginnings))
    return Case(*cases, output_field=IntegerField())
