"""`manage.py password_link EMAIL`: for someone whose first link got lost, or who gets no mail."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import people

SECONDS_OF_A_DAY = 24 * 60 * 60


class Command(BaseCommand):
    help = "Prints a link with which someone sets a new password. Make sure first that you hand it to them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address they sign in with")

    def handle(self, *, email: str, **options: Any) -> None:
        from accounts.models import PersonEventKind
        from accounts.services import person_log
        from accounts.sign_in import set_password_link

        person = people.person(email)
        if not person.is_active:
            raise CommandError(f"Sign-in for {person.email} is switched off. Switch it on in the Django admin first.")
        self.stderr.write(f"With this link {person.email} sets a password, once. It works for {_days()} days:")
        self.stdout.write(set_password_link(person))
        person_log.record(PersonEventKind.PASSWORD_LINK_PRINTED, person=person)


def _days() -> int:
    return settings.PASSWORD_RESET_TIMEOUT // SECONDS_OF_A_DAY
