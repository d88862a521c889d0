"""`manage.py erase_person EMAIL`: for someone who asks that nothing here tells who they are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

STAYS = """\
What stays:
- what was done, when and with which key: the log must not change. It names “{shown}” instead.
- names of accounts and keys, even if one names a person. Rename them on their pages; the log keeps the old names.
- the IP addresses that keys were used from, which are those of applications.
- backups, server logs and emails that were sent. Let them run out, and run this command again after a restore."""


class Command(BaseCommand):
    help = "Erases a person: who they are is gone everywhere, the audit log included. It can't be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the email they sign in with, or were invited by")
        parser.add_argument(
            "--former-email",
            action="append",
            default=[],
            metavar="EMAIL",
            help="an email they had before, once for each: the log may name it",
        )

    def handle(self, *, email: str, former_email: list[str], **options: Any) -> None:
        from accounts.services import erasure
        from accounts.services.memberships import StrandsAccount

        try:
            done = erasure.erase(email, former=former_email)
        except (erasure.Unknown, erasure.BelongsToAnother, StrandsAccount) as error:
            raise CommandError(str(error)) from None
        self.stderr.write(
            f"Erased. Removed: memberships {done.memberships}, sessions {done.sessions}, passkeys, authenticator apps"
            f" and recovery codes {done.second_steps}, invitations {done.invitations}. Audit events changed:"
            f" {done.events}."
        )
        self.stderr.write(STAYS.format(shown=done.shown))
