"""An outcome says whether a request with a key was let in, or why not, as the key's account sees it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """The labels follow a number of calls."""

    ACCEPTED = "accepted"
    PAUSED = "paused_key", _("paused")
    EXPIRED = "expired_key", _("expired")
    WRONG_SECRET = "invalid_key", _("wrong secret")
    # The caller can't tell these two from a wrong secret.
    DELETED = "deleted_key", _("deleted, or wrong secret")
    ACCOUNT_DISABLED = "account_disabled", _("account disabled")
    WRONG_ENVIRONMENT = "wrong_environment", _("wrong environment")
    ADDRESS_NOT_ALLOWED = "address_not_allowed", _("IP address not allowed")
    INSUFFICIENT_SCOPE = "insufficient_scope", _("scope missing")
