"""Facts about a rotation: how much its old key is still used, and its new one already."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oncekeys.models.api_key import ApiKey
from oncekeys.reports.usage_summary import NO_USAGE, UsageSummary, of_keys

LATELY = timedelta(days=1)


@dataclass(frozen=True)
class RotationStatus:
    """The status of a rotated pair. `usage` is the old key's; `at` is the database's clock."""

    old: ApiKey
    new: ApiKey
    usage: UsageSummary
    at: datetime

    @property
    def is_still_called(self) -> bool:
        """In the last 24 hours, refused calls included."""
        last = self.old.last_used_at
        return self.usage.last_day > 0 or (last is not None and self.at - last < LATELY)

    @property
    def taken_over_at(self) -> datetime | None:
        """Since when only the new key has been called. None while the old one is, or the new one can't be."""
        first = self.new.first_used_at
        if first is None or self.is_still_called or not self.new.is_let_in(at=self.at):
            return None
        return max(first, self.old.last_used_at or first)


def status_of(api_key: ApiKey) -> RotationStatus | None:
    """The status of the rotation that made or replaced this key, as long as both of its keys are there."""
    new = api_key.replacement or api_key
    old = api_key if api_key.replacement else api_key.replaces
    if old is None or old.deleted_at is not None or new.deleted_at is not None:
        return None
    usage = of_keys([old], at=api_key.now)
    return RotationStatus(old, new, usage.get(old.pk, NO_USAGE), api_key.now)
