"""Commands whose work is told by email."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from oncekeys.services.background import mails


class MailingCommand(BaseCommand):
    """Ends when each of its emails has left, or fails: the mail server has EMAIL_TIMEOUT for every one of them."""

    def execute(self, *arguments: Any, **options: Any) -> str | None:
        before = mails.failures
        output = super().execute(*arguments, **options)
        mails.finish(seconds=None)
        if unsent := mails.failures - before:
            raise CommandError(
                ngettext(
                    "The work is done, but %d event could not be told by email; the log says why.",
                    "The work is done, but %d events could not be told by email; the log says why.",
                    unsent,
                )
                % unsent
            )
        return output
