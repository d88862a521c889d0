"""How much a key is used, and from where: approximate, and KEPT for a while only."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from oncekeys.models.outcome import Outcome

if TYPE_CHECKING:
    pass

KEPT = timedelta(days=90)
HOUR = timedelta(hours=1)
SHOWN_ADDRESSES = 5


def beginning_of_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


class KeyUsageQuerySet(models.QuerySet["KeyUsage"]):
    def accepted(self) -> "KeyUsageQuerySet":
        return self.filter(outcome=Outcome.ACCEPTED)

    def outdated(self, *, at: datetime) -> "KeyUsageQuerySet":
        return self.filter(hour__lt=at - KEPT)


class KeyUsage(models.Model):
    api_key = models.ForeignKey("oncekeys.ApiKey", on_delete=models.CASCADE, related_name="usage", db_index=False)
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

    api_key = models.ForeignKey("oncekeys.ApiKey", on_delete=models.CASCADE, related_name="used_from", db_index=False)
    address = models.GenericIPAddressField()
    last_seen_at = models.DateTimeField()

    objects = KeyAddressQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "address"], name="key_address_once"),
        ]

    def __str__(self) -> str:
        return self.address
