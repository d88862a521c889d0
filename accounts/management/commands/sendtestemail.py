"""`manage.py sendtestemail EMAIL …`: Django's own, but past the outbox, and it says why an email did not leave."""

from smtplib import SMTPException
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import sendtestemail
from django.test import override_settings
from post_office.settings import get_backend

from accounts.models.email_failure import EmailFailure


class Command(sendtestemail.Command):
    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            with override_settings(EMAIL_BACKEND=get_backend()):
                super().handle(*arguments, **options)
        except (OSError, SMTPException) as error:
            reason = EmailFailure.of(error).label
            raise CommandError(f"The email wasn't sent: {reason}. See EMAIL_URL. ({error})") from error
