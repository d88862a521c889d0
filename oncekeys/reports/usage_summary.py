"""The usage summary in the list comes from the hourly counts."""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from oncekeys.models import Account, ApiKey, KeyUsage
from oncekeys.models.outcome import Outcome
from oncekeys.models.usage import beginning_of_hour

SHOWN_DAYS = 30


class UsageSummary(NamedTuple):
    """A summary is what the list shows of a key's usage."""

    # Calls let in, one number for each of the last 30 days in the person's time zone, today's last.
    days: tuple[int, ...]
    # Requests refused on each of these days.
    refused_days: tuple[int, ...]
    # Calls with the whole key in the last 24 hours, counted from the hour on the clock in which they began.
    last_day: int = 0
    # How many of these were refused.
    refused_last_day: int = 0

    @property
    def today(self) -> int:
        return self.days[-1]

    @property
    def refused_today(self) -> int:
        return self.refused_days[-1]

    @property
    def total(self) -> int:
        return sum(self.days)


NO_USAGE = UsageSummary((0,) * SHOWN_DAYS, (0,) * SHOWN_DAYS)


class Row(NamedTuple):
    """Calls of one key with one outcome on one day, and how many of them in the last 24 hours."""

    key: int
    line: int  # the first key of its line of rotations
    outcome: str
    age: int  # in days: 0 is today
    calls: int
    last_day: int


def of_keys(keys: Iterable[ApiKey], *, at: datetime) -> dict[int, UsageSummary]:
    """The summary of each key that was called with, by its primary key: one query, whatever their number."""
    rows = _rows(KeyUsage.objects.filter(api_key__in=[key.pk for key in keys]), at=at)
    return _add_up_by(lambda row: row.key, rows)


def of_lines(keys: Iterable[ApiKey], *, at: datetime) -> tuple[dict[int, UsageSummary], dict[int, UsageSummary]]:
    """The summary of each of these keys and of all those before, and of each line of rotations by its first key: one
    query, whatever their number.
    """
    rows = _rows(KeyUsage.objects.filter(api_key__in=ApiKey.objects.in_lines_of(keys)), at=at)
    return _add_up_by(lambda row: row.key, rows), _add_up_by(lambda row: row.line, rows)


def of_account(account: Account, *, at: datetime) -> UsageSummary:
    """The summary of all keys of an account, including deleted ones, so that no total shrinks: one query.

    Each part has an index of its own. Of keys deleted before these days, only calls since then can count.
    """
    beginnings = beginnings_of_days(at)
    keys = ApiKey.objects.filter(account=account)
    counts = KeyUsage.objects.filter(hour__gte=beginnings[-1]).order_by()
    before_deletion = counts.exclude(outcome=Outcome.DELETED)
    parts = (
        before_deletion.filter(api_key__in=keys.not_deleted()),
        before_deletion.filter(api_key__in=keys.deleted().filter(deleted_at__gte=beginnings[-1])),
        counts.filter(api_key__account=account, outcome=Outcome.DELETED),
    )
    living, *deleted = (
        part.values_list("outcome", age_in_days(beginnings)).annotate(all=Sum("calls")) for part in parts
    )
    return add_up(Row(0, 0, outcome, age, calls, 0) for outcome, age, calls in living.union(*deleted, all=True))


def _rows(counts: QuerySet[KeyUsage], *, at: datetime) -> list[Row]:
    beginnings = beginnings_of_days(at)
    last_day = Q(hour__gte=beginning_of_hour(at - timedelta(days=1)))
    rows = (
        counts.filter(hour__gte=beginnings[-1])
        .values_list("api_key", Coalesce("api_key__origin", "api_key"), "outcome", age_in_days(beginnings))
        .annotate(all=Sum("calls"), last_day=Sum("calls", filter=last_day, default=0))
        .order_by()
    )
    return [Row(*row) for row in rows]


def _add_up_by(group: Callable[[Row], int], rows: Iterable[Row]) -> dict[int, UsageSummary]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    return {pk: add_up(members) for pk, members in groups.items()}


def add_up(rows: Iterable[Row]) -> UsageSummary:
    """The usage of one key, or of several as if they were one."""
    rows = list(rows)
    let_in = [row for row in rows if row.outcome == Outcome.ACCEPTED]
    refused = [row for row in rows if row.outcome != Outcome.ACCEPTED]
    refused_last_day = sum(row.last_day for row in refused if row.outcome != Outcome.WRONG_SECRET)
    return UsageSummary(
        days=_by_day(let_in),
        refused_days=_by_day(refused),
        last_day=sum(row.last_day for row in let_in) + refused_last_day,
        refused_last_day=refused_last_day,
    )


def _by_day(rows: Iterable[Row]) -> tuple[int, ...]:
    days = [0] * SHOWN_DAYS
    for row in rows:
        days[-1 - row.age] += row.calls
    return tuple(days)


def beginnings_of_days(at: datetime, days: int = SHOWN_DAYS) -> list[datetime]:
    """The midnights before each of the last days in the person's time zone, today's first."""
    today = timezone.localdate(at)
    zone = timezone.get_current_timezone()
    return [datetime.combine(today - timedelta(days=age), time.min, zone) for age in range(days)]


def age_in_days(beginnings: list[datetime]) -> Case:
    """Compute the age in SQL. On SQLite this is three times as fast as `TruncDate`, which calls Python for each row."""
    cases = (When(hour__gte=beginning, then=Value(age)) for age, beginning in enumerate(beginnings))
    return Case(*cases, output_field=IntegerField())
