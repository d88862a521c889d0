"""`manage.py sendtestemail EMAIL …`: Django's own, that says in a sentence why the email did not leave."""

from smtplib import SMTPException
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import sendtestemail

from oncekeys.notifications.email_failure import EmailFailure


class Command(sendtestemail.Command):
    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            super().handle(*arguments, **options)
        except (OSError, SMTPException) as error:
            reason = EmailFailure.of(error).label
            raise CommandError(f"The email wasn't sent: {reason}. See EMAIL_URL. ({error})") from error
