"""`manage.py send_expiry_warnings`: for a daily job, on one or several machines."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from oncekeys.management import arguments
from oncekeys.models.expiry_warning import DAYS
from oncekeys.services import expiry_warnings


class Command(BaseCommand):
    help = f"Emails owners and admins whose API keys expire: {', '.join(map(str, DAYS))} days before, once each."

    def handle(self, **options: Any) -> None:
        arguments.require_pages()
        outcome = expiry_warnings.send()
        self.stdout.write(ngettext("Sent %d warning.", "Sent %d warnings.", outcome.sent) % outcome.sent)
        if outcome.failed:
            raise CommandError(
                ngettext(
                    "%d warning could not be sent; the log says why. The next run tries it again.",
                    "%d warnings could not be sent; the log says why. The next run tries them again.",
                    outcome.failed,
                )
                % outcome.failed
            )
