"""Deleted keys that someone calls with all the same."""

from datetime import datetime
from math import ceil
from typing import NamedTuple

from django.db.models.functions import Now

from oncekeys.models import Account, ApiKey, KeyUsage, Outcome
from oncekeys.models.usage import HOUR


class StillCalled(NamedTuple):
    """A deleted key that someone calls with all the same."""

    api_key: ApiKey
    # About how many in the last hour.
    calls: int
    # Where from, the latest first.
    addresses: tuple[str, ...]

    @property
    def others(self) -> int:
        """Return how many IP addresses there are besides the latest."""
        return max(len(self.addresses) - 1, 0)


def in_account(account: Account) -> list[StillCalled]:
    """Those that were called in the last hour, by the database's clock: the busiest first."""
    rows = (
        KeyUsage.objects.filter(
            api_key__account=account,
            api_key__deleted_at__isnull=False,
            outcome=Outcome.DELETED,
            hour__gt=Now() - 2 * HOUR,
        )
        .annotate(now=Now())  # type: ignore[no-redef]
        .select_related("api_key")
        .prefetch_related("api_key__used_from")
    )
    keys: dict[int, StillCalled] = {}
    for row in rows:
        calls = row.calls * _part_of_last_hour(row.hour, at=row.now)
        known = keys.get(row.api_key_id) or StillCalled(row.api_key, 0, _callers(row.api_key, at=row.now))
        keys[row.api_key_id] = known._replace(calls=known.calls + ceil(calls))
    return sorted((key for key in keys.values() if key.calls), key=lambda key: -key.calls)


def _part_of_last_hour(hour: datetime, *, at: datetime) -> float:
    """Return how much of that hour's count is less than an hour old, from 0 to 1."""
    return min(1.0, max(0.0, (hour + 2 * HOUR - at) / HOUR))


def _callers(key: ApiKey, *, at: datetime) -> tuple[str, ...]:
    """Where a deleted key was presented in the hour before, the latest first."""
    # To the second, since SQLite's clock is coarser than the process's.
    since = max((key.deleted_at or at).replace(microsecond=0), at - HOUR)
    seen = [(row.last_seen_at, row.address) for row in key.used_from.all() if row.last_seen_at >= since]
    return tuple(address for _, address in sorted(seen, reverse=True))
