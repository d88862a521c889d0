"""`manage.py enable_account ACCOUNT [--owner EMAIL]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import people
from accounts.services import site_accounts
from oncekeys.management import arguments
from oncekeys.services.by import By


class Command(BaseCommand):
    help = "Enables an account that was disabled: its keys and pages work again from the next request on."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_account(parser)
        parser.add_argument("--owner", default="", metavar="EMAIL", help="someone who becomes an owner of it")

    def handle(self, *, account: str, owner: str, **options: Any) -> None:
        found = arguments.account(account)
        if owner:
            people.check_email(owner)
        try:
            site_accounts.enable(account=found, by=By.system(), owner_email=owner)
        except site_accounts.NoOwner as error:
            raise CommandError(str(error)) from None
        self.stderr.write(f"The account “{account}” is enabled.")
        if owner:
            people.show_password_link(self, found.memberships.get(user__email=owner.strip().lower()).user)
