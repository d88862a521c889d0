"""An invitation to join an account, sent by email. Opening its link shows that the email address is theirs."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.email_failure import EmailFailure
from accounts.models.membership import Role

LIFETIME = timedelta(days=7)
# How long after its expiry we keep the address it was sent to.
KEPT = timedelta(days=90)
TOKEN_BYTES = 32


def digest(token: str) -> str:
    """Return the stored form of a token. A token has 256 random bits, so no one can guess it from a plain hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> "InvitationQuerySet":
        """Neither accepted nor withdrawn; it may have run out."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def ended_long_ago(self) -> "InvitationQuerySet":
        """Accepted, withdrawn or run out, and none could open them for KEPT."""
        return self.filter(expires_at__lt=timezone.now() - KEPT)

    def opened_by(self, token: str) -> "Invitation | None":
        """The one that the link with this token opens, now."""
        usable = self.pending().filter(expires_at__gt=timezone.now(), account__disabled_at=None)
        return usable.select_related("account", "invited_by").filter(token_digest=digest(token)).first()


class Invitation(models.Model):
    account = models.ForeignKey("oncekeys.Account", on_delete=models.CASCADE, related_name="invitations")
    # In lower case, as that of a user.
    email = models.EmailField()
    role = models.CharField(max_length=6, choices=Role)
    token_digest = models.CharField(max_length=64)
    invited_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    # Why its email did not leave; empty once it has.
    email_failure = models.CharField(max_length=16, choices=EmailFailure, blank=True, default="", db_default="")
    # The inviter gets this link, and may have opened it, so it proves nothing about the email address.
    link_shown = models.BooleanField(default=False, db_default=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_digest"], name="invitation_token_unique"),
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_pending_once",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_email_in_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.account}"

    def renew(self) -> str:
        """A new token, the only one that opens it from now on, for seven days."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.token_digest = digest(token)
        self.expires_at = timezone.now() + LIFETIME
        self.email_failure, self.link_shown = "", False
        return token

    @property
    def is_pending(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None

    def has_run_out(self, *, at: datetime) -> bool:
        return self.expires_at <= at
