"""How much a key is used, and from where: approximate, and gone after 90 days."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models.api_key import ApiKey

KEPT = timedelta(days=90)
SHOWN_DAYS = 30
SHOWN_ADDRESSES = 5
HOUR = timedelta(hours=1)

# The outcome of a call that was let in; every other is the code of the refusal.
ACCEPTED = "accepted"


class Figures(NamedTuple):
    """What the list tells of a key's use."""

    # Calls let in, one number for each of the last 30 days in the person's time zone, today's last.
    days: tuple[int, ...]
    # About how many in the last hour: the counts are by the hour on the clock.
    last_hour: int

    @property
    def today(self) -> int:
        return self.days[-1]


NO_FIGURES = Figures((0,) * SHOWN_DAYS, 0)


class KeyUsageQuerySet(models.QuerySet["KeyUsage"]):
    def accepted(self) -> "KeyUsageQuerySet":
        return self.filter(outcome=ACCEPTED)

    def figures(self, keys: Iterable["ApiKey"], *, at: datetime) -> dict[int, Figures]:
        """The figures of each key that was used, by its primary key: one query, whatever their number."""
        today = timezone.localdate(at)
        first = today - timedelta(days=SHOWN_DAYS - 1)
        this_hour = at.replace(minute=0, second=0, microsecond=0)
        rows = (
            self.accepted()
            .filter(api_key__in=[key.pk for key in keys], hour__gte=at - timedelta(days=SHOWN_DAYS))
            .values_list("api_key", TruncDate("hour"))
            .annotate(
                all=Sum("calls"),
                now=Sum("calls", filter=Q(hour=this_hour), default=0),
                before=Sum("calls", filter=Q(hour=this_hour - HOUR), default=0),
            )
            .order_by()
        )
        days: dict[int, list[int]] = {}
        last_hour: dict[int, int] = {}
        # Of the hour before this one, the part that is less than an hour ago.
        share = 1 - (at - this_hour) / HOUR
        for pk, day, calls, now, before in rows:
            if day >= first:
                days.setdefault(pk, [0] * SHOWN_DAYS)[min((day - first).days, SHOWN_DAYS - 1)] += calls
            last_hour[pk] = last_hour.get(pk, 0) + now + round(before * share)
        return {pk: Figures(tuple(calls), last_hour[pk]) for pk, calls in days.items()}

    def outdated(self, *, at: datetime) -> "KeyUsageQuerySet":
        return self.filter(hour__lt=at - KEPT)


class KeyUsage(models.Model):
    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="usage", db_index=False)
    # The beginning of the hour.
    hour = models.DateTimeField()
    outcome = models.CharField(max_length=30)
    calls = models.PositiveBigIntegerField()

    objects = KeyUsageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "hour", "outcome"], name="key_usage_once_an_hour"),
        ]
        indexes: ClassVar = [models.Index(fields=["hour"], name="key_usage_by_age")]

    def __str__(self) -> str:
        return f"{self.calls} {self.outcome} in {self.hour:%Y-%m-%d %H}:00"


class KeyAddress(models.Model):
    """An address that a key was used from; of a deleted key, one that still presents it."""

    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.CASCADE, related_name="used_from", db_index=False)
    address = models.GenericIPAddressField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "address"], name="key_address_once"),
        ]

    def __str__(self) -> str:
        return self.address
