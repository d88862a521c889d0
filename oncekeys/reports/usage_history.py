"""The usage history on a key's page comes from the hourly counts."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Case, IntegerField, Sum, Value, When
from django.utils import timezone

from oncekeys.models import ApiKey, KeyUsage
from oncekeys.models.api_key import ApiKeyQuerySet
from oncekeys.models.outcome import Outcome
from oncekeys.reports.usage_summary import age_in_days, beginnings_of_days

# The stretches of days to choose from; counts are kept for the longest.
PERIODS = (7, 30, 90)


class Day(NamedTuple):
    date: date
    accepted: int
    refused: int

    @property
    def requests(self) -> int:
        return self.accepted + self.refused


class UsageHistory(NamedTuple):
    # Of all keys of its application, in the person's time zone, today last.
    days: tuple[Day, ...]
    # How many requests with this key alone were refused in those days, by outcome, the most frequent first.
    refusals: dict[str, int]

    @property
    def today(self) -> Day:
        return self.days[-1]

    @property
    def accepted(self) -> int:
        return sum(day.accepted for day in self.days)

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)


def of_key(api_key: ApiKey, line: ApiKeyQuerySet, *, at: datetime, days: int) -> UsageHistory:
    """The last days, each used or not: one query.

    Requests with all keys of the line; the reasons for refusals of the key alone, since what to do about them depends
    on its state.
    """
    beginnings = beginnings_of_days(at, days)
    is_own = Case(When(api_key=api_key.pk, then=Value(1)), default=Value(0), output_field=IntegerField())
    counts = (
        KeyUsage.objects.filter(api_key__in=line, hour__gte=beginnings[-1])
        .values_list("outcome", age_in_days(beginnings), is_own)
        .annotate(Sum("calls"))
        .order_by()
    )
    return tell(counts, today=timezone.localdate(at), days=days)


def tell(counts: Iterable[tuple[str, int, int, int]], *, today: date, days: int) -> UsageHistory:
    """From the requests with each outcome on each day, which is given by its age, and whether with the key itself."""
    accepted: Counter[int] = Counter()
    refused: Counter[int] = Counter()
    refusals: Counter[str] = Counter()
    for outcome, age, is_own, calls in counts:
        if outcome == Outcome.ACCEPTED:
            accepted[age] += calls
            continue
        refused[age] += calls
        if is_own:
            refusals[outcome] += calls
    ages = reversed(range(days))
    shown = tuple(Day(today - timedelta(days=age), accepted[age], refused[age]) for age in ages)
    return UsageHistory(shown, dict(refusals.most_common()))
