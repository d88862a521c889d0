"""What a key's own page tells of its use, from the counts by the hour."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from oncekeys.models import ApiKey, KeyUsage
from oncekeys.models.outcome import Outcome
from oncekeys.reports.usage_summary import SHOWN_DAYS, age_in_days, beginnings_of_days


class Day(NamedTuple):
    date: date
    calls: int  # those let in
    refused: int


class UsageHistory(NamedTuple):
    # The last 30 in the person's time zone, today last.
    days: tuple[Day, ...]
    # How many calls were refused in those days, by outcome, the most frequent first.
    refusals: dict[str, int]

    @property
    def today(self) -> Day:
        return self.days[-1]

    @property
    def calls(self) -> int:
        return sum(day.calls for day in self.days)


def of_key(api_key: ApiKey, line: QuerySet[ApiKey], *, at: datetime) -> UsageHistory:
    """The last SHOWN_DAYS, with a day for each, used or not: one query.

    Calls with all keys of the line; refusals of the key alone, for what to do about them depends on its state.
    """
    beginnings = beginnings_of_days(at)
    counts = (
        # The key is in its line: so the first condition is one that an index can begin at.
        KeyUsage.objects.filter(api_key__in=line, hour__gte=beginnings[-1])
        .filter(Q(outcome=Outcome.ACCEPTED) | Q(api_key=api_key))
        .values_list("outcome", age_in_days(beginnings))
        .annotate(Sum("calls"))
        .order_by()
    )
    return tell(counts, today=timezone.localdate(at))


def tell(counts: Iterable[tuple[str, int, int]], *, today: date) -> UsageHistory:
    """From the calls with each outcome on each day, which is given by its age: 0 is today."""
    accepted: Counter[int] = Counter()
    refused: Counter[int] = Counter()
    refusals: Counter[str] = Counter()
    for outcome, age, calls in counts:
        if outcome == Outcome.ACCEPTED:
            accepted[age] += calls
        else:
            refused[age] += calls
            refusals[outcome] += calls
    ages = reversed(range(SHOWN_DAYS))
    days = tuple(Day(today - timedelta(days=age), accepted[age], refused[age]) for age in ages)
    return UsageHistory(days, dict(refusals.most_common()))
