"""Why a key needs attention: it expires soon, its rotation isn't finished, it isn't used, or it is old."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import ngettext_lazy

from oncekeys.models.api_key import SOON, ApiKey


class ReviewReason(models.TextChoices):
    """The values are part of the page's URL. The most urgent comes first."""

    EXPIRING = "expiring"
    ROTATION = "rotation"
    NEVER_USED = "never-used"
    IDLE = "idle"
    OLD = "old"

    def of(self, number: int) -> str:
        """A phrase about so many keys: "2 keys expire within 14 days"."""
        period = PERIODS.get(self, timedelta())
        return str(PHRASES[self] % {"number": number, "days": period.days})

    def is_about(self, key: ApiKey, old: ApiKey | None, *, at: datetime) -> bool:
        """Return whether it applies to a key, or the old one that it replaces. An expired key needs no attention."""
        if key.is_expired(at=at) or key.replacement:
            return False
        match self:
            case ReviewReason.EXPIRING:
                return key.is_expired(at=at + PERIODS[self])
            case ReviewReason.ROTATION:
                return old is not None and not old.is_expired(at=at)
            case ReviewReason.NEVER_USED:
                return key.last_used_at is None and key.created_at <= at - PERIODS[self]
            case ReviewReason.IDLE:
                return key.last_used_at is not None and key.last_used_at <= at - PERIODS[self]
            case ReviewReason.OLD:
                return key.created_at <= at - PERIODS[self]


PERIODS = {
    ReviewReason.EXPIRING: SOON,
    ReviewReason.NEVER_USED: timedelta(days=30),
    ReviewReason.IDLE: timedelta(days=90),
    ReviewReason.OLD: timedelta(days=180),
}

PHRASES = {
    ReviewReason.EXPIRING: ngettext_lazy(
        "%(number)d key expires within %(days)d days", "%(number)d keys expire within %(days)d days", "number"
    ),
    ReviewReason.ROTATION: ngettext_lazy("%(number)d rotation to finish", "%(number)d rotations to finish", "number"),
    ReviewReason.NEVER_USED: ngettext_lazy(
        "%(number)d key never used in %(days)d days", "%(number)d keys never used in %(days)d days", "number"
    ),
    ReviewReason.IDLE: ngettext_lazy(
        "%(number)d key unused for %(days)d days", "%(number)d keys unused for %(days)d days", "number"
    ),
    ReviewReason.OLD: ngettext_lazy(
        "%(number)d key older than %(days)d days", "%(number)d keys older than %(days)d days", "number"
    ),
}
