"""Keeps with each person whether email reaches them, so that pages can say so."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from oncekeys.notifications.delivery import delivered
from oncekeys.notifications.email_failure import EmailFailure


@receiver(delivered)
def note(*, email: str, failure: EmailFailure | None, **_: Any) -> None:
    people = User.objects.filter(email=email)
    if failure:
        people.update(email_failure=failure, email_failed_at=timezone.now())
    else:
        people.exclude(email_failure="").update(email_failure="", email_failed_at=None)
