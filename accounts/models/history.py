"""What a key's own page tells of its use, from the counts by the hour."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from accounts.models.figures import SHOWN_DAYS
from accounts.models.outcome import Outcome


class Day(NamedTuple):
    date: date
    calls: int  # those let in
    refused: int


class History(NamedTuple):
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


def tell(counts: Iterable[tuple[str, int, int]], *, today: date) -> History:
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
    return History(days, dict(refusals.most_common()))
