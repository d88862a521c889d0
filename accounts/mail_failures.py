"""Keeps with people, invitations and email changes whether email reaches them, so that pages can say so."""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.models.email_failure import EmailFailure

# Where a session keeps the new email that waits to be confirmed: see `accounts.services.email_change`.
EMAIL_CHANGE = "email_change"


def note(email: str, failure: EmailFailure | None, *, tries: int) -> None:
    """`failure`: why an email to this address did not leave this time; None where it did."""
    reason = failure or ""
    failed_at = timezone.now() if failure else None
    User.objects.filter(email=email).exclude(email_failure=reason).update(
        email_failure=reason, email_failed_at=failed_at
    )
    Invitation.objects.pending().filter(email=email).exclude(email_failure=reason).update(email_failure=reason)
    if failure or tries > 1:
        _note_in_sessions(email, reason)


def _note_in_sessions(email: str, reason: str) -> None:
    with transaction.atomic():
        for session in UserSession.objects.select_for_update().filter(data__email_change__email=email):
            session.data[EMAIL_CHANGE]["failure"] = reason
            session.save(update_fields=["data"])
