"""A membership says what a person may do in an account."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models.user import User


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    MEMBER = "member", _("Member")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: "User") -> "MembershipQuerySet":
        """Those of a person, with their accounts, the one they joined first before the others."""
        return self.filter(user=user).select_related("account__two_step_requirement").order_by("created_at", "id")


class Membership(models.Model):
    # The constraint's index begins with it.
    account = models.ForeignKey(
        "oncekeys.Account", on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "user"], name="membership_once_per_account"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.account}"

    @property
    def requires_two_step(self) -> bool:
        """Return whether the account requires two-step sign-in of its members."""
        return hasattr(self.account, "two_step_requirement")

    @property
    def manages_keys(self) -> bool:
        return self.role in {Role.OWNER, Role.ADMIN}

    def may_grant(self, role: str) -> bool:
        """Return whether they may give that role to someone, or change someone who has it."""
        return self.role == Role.OWNER or (self.role == Role.ADMIN and role != Role.OWNER)
