"""`manage.py create_account NAME --external-id ID`: for a project that makes keys by commands."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oncekeys.management import arguments
from oncekeys.models import Account, names


class Command(BaseCommand):
    help = "Makes the account of an organisation or a person of your project. Again, it only takes over a changed name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the account, such as “Acme Logistics”")
        arguments.add_external_id(parser, required=True)

    def handle(self, *, name: str, external_id: str, **options: Any) -> None:
        try:
            name = names.clean(name, most=names.ACCOUNT_LENGTH)
        except names.BadName as error:
            raise CommandError(str(error)) from None
        account = Account.objects.with_external_id(external_id, name=name)
        self.stderr.write(f"The account “{account.slug}” is ready.")
