"""`manage.py create_account NAME --owner EMAIL`, which is safe to repeat with `--external-id`."""

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import people
from accounts.models import Role
from accounts.services import site_accounts
from oncekeys.management import arguments
from oncekeys.models import Account
from oncekeys.models.names import BadName
from oncekeys.services import accounts


class Command(BaseCommand):
    help = "Makes an account and its owner, and prints a link with which the owner sets a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the account, such as “Acme Logistics”")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who will own it")
        parser.add_argument("--owner-name", default="", metavar="NAME", help="what the owner is called")
        arguments.add_external_id(parser)

    def handle(self, *, name: str, owner: str, **options: Any) -> None:
        people.check_email(owner)
        self._report(_made(name=name, owner_email=owner, **options), owner.strip().lower())

    def _report(self, account: Account, email: str) -> None:
        state = "ready" if account.is_enabled else "disabled"
        membership = account.memberships.filter(role=Role.OWNER, user__email=email).select_related("user").first()
        if membership is None:
            add = f"`enable_account {account.slug} --owner {email}` makes them one"
            self.stderr.write(f"The account “{account.slug}” is {state}. {email} isn't an owner of it: {add}.")
            return
        self.stderr.write(f"The account “{account.slug}” is {state}, and {email} owns it.")
        people.show_password_link(self, membership.user)


def _made(*, external_id: str | None, name: str, owner_email: str, owner_name: str, **_: Any) -> Account:
    """Raises CommandError."""
    make = partial(site_accounts.create, owner_email=owner_email, owner_name=owner_name)
    try:
        if external_id is None:
            return make(name=name)
        return accounts.provision(external_id=external_id, name=name, make=make)
    except (accounts.SlugTaken, site_accounts.OwnerSwitchedOff, BadName) as error:
        raise CommandError(str(error)) from None
