"""How much a key is used, and from where: approximate, and KEPT for a while only."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models.figures import (
    HOUR,
    Figures,
    Row,
    add_up,
    age_in_days,
    beginning_of_hour,
    beginnings_of_days,
    part_of_last_hour,
)
from accounts.models.history import History, tell
from accounts.models.outcome import Outcome

if TYPE_CHECKING:
    from accounts.models.account import Account
    from accounts.models.api_key import ApiKey

KEPT = timedelta(days=90)
SHOWN_ADDRESSES = 5


class StillCalled(NamedTuple):
    """A deleted key that somebody calls with all the same."""

    api_key: "ApiKey"
    # About how many in the last hour.
    calls: int
    # Where from, the latest first.
    addresses: tuple[str, ...]

    @property
    def others(self) -> int:
        """How many addresses besides the latest."""
        return max(len(self.addresses) - 1, 0)


class KeyUsageQuerySet(models.QuerySet["KeyUsage"]):
    def accepted(self) -> "KeyUsageQuerySet":
        return self.filter(outcome=Outcome.ACCEPTED)

    def figures(self, keys: Iterable["ApiKey"], *, at: datetime) -> dict[int, Figures]:
        """The figures of each key that somebody called with, by its primary key: one query, whatever their number."""
        rows = self.filter(api_key__in=[key.pk for key in keys])._rows(at=at)
        return _add_up_by(lambda row: row.key, rows)

    def figures_of_account(self, account: "Account", *, at: datetime) -> tuple[dict[int, Figures], dict[int, Figures]]:
        """The figures of each key that the account has or had, and of each line of rotations by its first key: one
        query, whatever their number."""
        rows = self.filter(api_key__account=account)._rows(at=at)
        return _add_up_by(lambda row: row.key, rows), _add_up_by(lambda row: row.line, rows)

    def _rows(self, *, at: datetime) -> list[Row]:
        beginnings = beginnings_of_days(at)
        last_day = Q(hour__gte=beginning_of_hour(at - timedelta(days=1)))
        rows = (
            self.filter(hour__gte=beginnings[-1])
            .values_list("api_key", Coalesce("api_key__origin", "api_key"), "outcome", age_in_days(beginnings))
            .annotate(all=Sum("calls"), last_day=Sum("calls", filter=last_day, default=0))
            .order_by()
        )
        return [Row(*row) for row in rows]

    def history(self, api_key: "ApiKey", line: "models.QuerySet[ApiKey]", *, at: datetime) -> History:
        """The last SHOWN_DAYS, with a day for each, used or not: one query.

        Calls with all keys of the line; refusals of the key alone, for what to do about them depends on its state.
        """
        beginnings = beginnings_of_days(at)
        counts = (
            self.filter(Q(api_key__in=line, outcome=Outcome.ACCEPTED) | Q(api_key=api_key), hour__gte=beginnings[-1])
            .values_list("outcome", age_in_days(beginnings))
            .annotate(Sum("calls"))
            .order_by()
        )
        return tell(counts, today=timezone.localdate(at))

    def of_deleted_keys(self, account: "Account") -> list["StillCalled"]:
        """Those of the account that were called in the last hour, by the database's clock: the busiest first."""
        rows = (
            self.filter(api_key__account=account, api_key__deleted_at__isnull=False, outcome=Outcome.DELETED)
            .filter(hour__gt=Now() - 2 * HOUR)
            .annotate(now=Now())
            .select_related("api_key")
            .prefetch_related("api_key__used_from")
        )
        keys: dict[int, StillCalled] = {}
        row: KeyUsage
        for row in rows:
            calls = row.calls * part_of_last_hour(row.hour, at=row.now)
            known = keys.get(row.api_key_id) or StillCalled(row.api_key, 0, _callers(row.api_key, at=row.now))
            keys[row.api_key_id] = known._replace(calls=known.calls + ceil(calls))
        return sorted((key for key in keys.values() if key.calls), key=lambda key: -key.calls)

    def outdated(self, *, at: datetime) -> "KeyUsageQuerySet":
        return self.filter(hour__lt=at - KEPT)


def _add_up_by(group: Callable[[Row], int], rows: Iterable[Row]) -> dict[int, Figures]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    return {pk: add_up(members) for pk, members in groups.items()}


def _callers(key: "ApiKey", *, at: datetime) -> tuple[str, ...]:
    """Where a deleted key was presented in the hour before, the latest first."""
    # To the second, since SQLite's clock is coarser than the process's.
    since = max((key.deleted_at or at).replace(microsecond=0), at - HOUR)
    seen = [(row.last_seen_at, row.address) for row in key.used_from.all() if row.last_seen_at >= since]
    return tuple(address for _, address in sorted(seen, reverse=True))


class KeyUsage(models.Model):
    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="usage", db_index=False)
    # The beginning of the hour.
    hour = models.DateTimeField()
    outcome = models.CharField(max_length=30, choices=Outcome)
    calls = models.PositiveBigIntegerField()

    # The database's clock, where a query asked for it.
    now: datetime

    objects = KeyUsageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "hour", "outcome"], name="key_usage_once_an_hour"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="key_usage_outcome_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["hour"], name="key_usage_by_age")]

    def __str__(self) -> str:
        return f"{self.calls} {self.outcome} in {self.hour:%Y-%m-%d %H}:00"


class KeyAddressQuerySet(models.QuerySet["KeyAddress"]):
    def latest_first(self) -> "KeyAddressQuerySet":
        """As many as are shown; several processes may have written more."""
        return self.order_by("-last_seen_at", "-id")[:SHOWN_ADDRESSES]


class KeyAddress(models.Model):
    """An address that a key was used from; of a deleted key, one that still presents it."""

    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="used_from", db_index=False)
    address = models.GenericIPAddressField()
    last_seen_at = models.DateTimeField()

    objects = KeyAddressQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "address"], name="key_address_once"),
        ]

    def __str__(self) -> str:
        return self.address
