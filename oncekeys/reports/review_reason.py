"""What an admin may want to look into: keys that nobody needs, that are old, or that soon work no more."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from oncekeys.models.api_key import SOON, ApiKey


class ReviewReason(models.TextChoices):
    """The values stand in the page's address."""

    NEVER_USED = "never-used", _("Never used")
    IDLE = "idle", _("Idle")
    OLD = "old", _("Old")
    EXPIRING = "expiring", _("Expiring")

    @property
    def days(self) -> int:
        return PERIODS[self].days

    def is_about(self, key: ApiKey, *, at: datetime) -> bool:
        """Not about a key that has ended or is being replaced: that is taken care of already."""
        if key.is_expired(at=at) or key.replacement:
            return False
        match self:
            case ReviewReason.NEVER_USED:
                return key.last_used_at is None and key.created_at <= at - PERIODS[self]
            case ReviewReason.IDLE:
                return key.last_used_at is not None and key.last_used_at <= at - PERIODS[self]
            case ReviewReason.OLD:
                return key.created_at <= at - PERIODS[self]
            case ReviewReason.EXPIRING:
                return key.is_expired(at=at + PERIODS[self])


PERIODS = {
    ReviewReason.NEVER_USED: timedelta(days=30),
    ReviewReason.IDLE: timedelta(days=90),
    ReviewReason.OLD: timedelta(days=180),
    ReviewReason.EXPIRING: SOON,
}
