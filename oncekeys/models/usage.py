"""Usage counts how much a key is used, and from where. It is approximate, and KEPT for a limited time."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from oncekeys.models.given_rows import Rows, execute
from oncekeys.models.outcome import Outcome

KEPT = timedelta(days=90)
HOUR = timedelta(hours=1)
SHOWN_ADDRESSES = 5


def beginning_of_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


class KeyUsageQuerySet(models.QuerySet["KeyUsage"]):
    def accepted(self) -> "KeyUsageQuerySet":
        return self.filter(outcome=Outcome.ACCEPTED)

    def outdated(self) -> "KeyUsageQuerySet":
        """Return the rows older than KEPT, by the database's clock."""
        return self.filter(hour__lt=Now() - KEPT)

    def add(self, rows: Rows) -> None:
        """Add `calls` to the rows there are, and insert the others: one statement, whatever their number."""
        execute(ADD_CALLS, KeyUsage, rows)


ADD_CALLS = """
    INSERT INTO {table} (api_key_id, hour, outcome, calls)
    SELECT api_key_id, hour, outcome, calls FROM {given} WHERE true
    ON CONFLICT (api_key_id, hour, outcome) DO UPDATE SET calls = {table}.calls + excluded.calls
"""


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
        indexes: ClassVar = [
            models.Index(fields=["hour"], name="key_usage_by_age"),
            # Few calls are made with deleted keys, and the account's people are to see the latest.
            models.Index(fields=["hour"], condition=Q(outcome=Outcome.DELETED), name="key_usage_of_deleted_keys"),
        ]

    def __str__(self) -> str:
        return f"{self.calls} {self.outcome} in {self.hour:%Y-%m-%d %H}:00"


class KeyAddressQuerySet(models.QuerySet["KeyAddress"]):
    def latest_first(self) -> "KeyAddressQuerySet":
        """Return as many as the page shows; several processes may have written more."""
        return self.order_by("-last_seen_at", "-id")[:SHOWN_ADDRESSES]

    def see(self, rows: Rows) -> None:
        """Note when each address was last seen, and forget all but the latest of each key: two statements."""
        execute(SEE_ADDRESSES, KeyAddress, rows)
        execute(FORGET_ADDRESSES, KeyAddress, rows)


SEE_ADDRESSES = """
    INSERT INTO {table} (api_key_id, address, last_seen_at)
    SELECT api_key_id, address, last_seen_at FROM {given} WHERE true
    ON CONFLICT (api_key_id, address) DO UPDATE SET last_seen_at = excluded.last_seen_at
    WHERE {table}.last_seen_at < excluded.last_seen_at
"""
FORGET_ADDRESSES = f"""
    DELETE FROM {{table}} WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY api_key_id ORDER BY last_seen_at DESC, id DESC) AS place
            FROM {{table}} WHERE api_key_id IN (SELECT given.api_key_id FROM {{given}})
        ) AS ranked WHERE place > {SHOWN_ADDRESSES}
    )
"""  # noqa: S608 - a number of ours


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
