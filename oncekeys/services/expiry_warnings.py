"""Warns an account by email that one of its keys will expire, once for each of DAYS before it does."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.db.models.functions import Now

from oncekeys.models import ApiKey, ExpiryWarning
from oncekeys.models.api_key import ApiKeyQuerySet
from oncekeys.models.expiry_warning import DAYS
from oncekeys.models.transactions import atomic
from oncekeys.notifications import delivery, expiry, recipients

logger = logging.getLogger(__name__)


class Unsent(Exception):
    """No email of a warning could be sent."""


@dataclass
class Outcome:
    sent: int = 0
    failed: int = 0


def send() -> Outcome:
    """Send every warning that is due and not sent yet. A failed one is logged, and due again the next time."""
    outcome = Outcome()
    for api_key in _expiring():
        try:
            outcome.sent += _warn(api_key)
        except Exception as error:
            logger.warning("The warning that %s expires was not sent: %s", api_key.public_id, type(error).__name__)
            outcome.failed += 1
    return outcome


def _expiring() -> ApiKeyQuerySet:
    """Return the keys of enabled accounts that expire soon, except old keys. By the database's clock."""
    near = {"expires_at__gt": Now(), "expires_at__lte": Now() + timedelta(days=max(DAYS))}
    unreplaced = Q(successor=None) | Q(successor__deleted_at__isnull=False)
    keys = ApiKey.objects.listed().filter(unreplaced, **near, account__disabled_at=None)
    return keys.select_related("account").prefetch_related("warnings")


def _warn(api_key: ApiKey) -> bool:
    """Send the warning that is due, if someone can receive it, and return whether it was sent."""
    nearest = min(_due(api_key))
    if any(warning.days == nearest for warning in api_key.warnings.all()):
        return False
    mails = recipients.emails(api_key.account, partial(expiry.message, api_key))
    if not mails:
        return False
    # The claim locks rows that refer to the key, so everything slow that can be done earlier is done above.
    with delivery.new_connection() as connection, atomic():
        claimed = _claim(api_key)
        if claimed and not delivery.send(mails, connection):
            raise Unsent
    return claimed


def _due(api_key: ApiKey) -> list[int]:
    """Return which of DAYS have come. 0 is the key's last day."""
    left = expiry.time_left(api_key)
    return [days for days in DAYS if left <= timedelta(days=days or 1)]


def _claim(api_key: ApiKey) -> bool:
    """Claim the warning for this run. Another run at the same time waits here, and then finds it claimed."""
    if not _expiring().filter(pk=api_key.pk).exists():
        return False  # deleted or rotated meanwhile
    nearest, *passed = sorted(_due(api_key))
    _, is_new = ExpiryWarning.objects.get_or_create(api_key=api_key, days=nearest)
    if is_new:
        # If this warning is late, the earlier ones are skipped.
        skipped = [ExpiryWarning(api_key=api_key, days=days) for days in passed]
        ExpiryWarning.objects.bulk_create(skipped, ignore_conflicts=True)
    return is_new
