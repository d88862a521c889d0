"""`manage.py switch_off_two_step EMAIL` helps a person who lost their phone, passkeys and recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import people


class Command(BaseCommand):
    help = "Removes a person's second step, passkeys and recovery codes. First make sure that it's them who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address they sign in with")

    def handle(self, *, email: str, **options: Any) -> None:
        from allauth.mfa.models import Authenticator

        from accounts.models import PersonEventKind
        from accounts.services import person_log

        person = people.person(email)
        removed, _ = Authenticator.objects.filter(user=person).delete()
        if not removed:
            raise CommandError(f"{email} has no second step.")
        person_log.record(PersonEventKind.TWO_STEP_SWITCHED_OFF, person=person)
        self.stderr.write(f"{email} signs in with the password alone now, until they set up two-step sign-in again.")
