"""`manage.py create_account NAME --owner EMAIL`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import people
from accounts.models import Role
from accounts.services import site_accounts
from oncekeys.models.names import BadName
from oncekeys.services import accounts


class Command(BaseCommand):
    help = "Makes an account and its owner, and prints a link with which the owner sets a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the account, such as “Acme Logistics”")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who will own it")
        parser.add_argument("--owner-name", default="", metavar="NAME", help="what the owner is called")

    def handle(self, *, name: str, owner: str, owner_name: str, **options: Any) -> None:
        people.check_email(owner)
        try:
            account = site_accounts.create(name=name, owner_email=owner, owner_name=owner_name)
        except (accounts.SlugTaken, site_accounts.OwnerSwitchedOff, BadName) as error:
            raise CommandError(str(error)) from None
        user = account.memberships.get(role=Role.OWNER).user
        self.stderr.write(f"The account “{account.slug}” is ready, and {user.email} owns it.")
        people.show_password_link(self, user)
