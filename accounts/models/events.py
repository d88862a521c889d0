"""Names for what happens to an account's people in the audit log."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeopleEvent(models.TextChoices):
    TWO_STEP_REQUIRED = "account.two_step_required", _("Two-step sign-in required")
    TWO_STEP_OPTIONAL = "account.two_step_optional", _("Two-step sign-in made optional")
    MEMBER_INVITED = "member.invited", _("Member invited")
    INVITATION_WITHDRAWN = "member.invitation_withdrawn", _("Invitation revoked")
    MEMBER_JOINED = "member.joined", _("Member joined")
    MEMBER_ROLE_CHANGED = "member.role_changed", _("Role changed")
    MEMBER_REMOVED = "member.removed", _("Member removed")
    MEMBER_ERASED = "member.erased", _("Personal data erased")
