"""A failure says why an email wasn't sent. It is only a reason, and quotes nothing that the mail server said."""

from smtplib import SMTPConnectError, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

from django.db import models
from django.utils.translation import gettext_lazy as _

AWAY = (SMTPConnectError, SMTPServerDisconnected)


class EmailFailure(models.TextChoices):
    UNREACHABLE = "unreachable", _("the mail server can’t be reached")
    NO_MAILBOX = "no-mailbox", _("the mail server doesn’t accept this email address")
    REFUSED = "refused", _("the mail server refused the message")

    @classmethod
    def of(cls, error: Exception) -> "EmailFailure":
        if isinstance(error, SMTPRecipientsRefused):
            return cls.NO_MAILBOX
        if isinstance(error, AWAY) or (isinstance(error, OSError) and not isinstance(error, SMTPResponseException)):
            return cls.UNREACHABLE
        return cls.REFUSED
