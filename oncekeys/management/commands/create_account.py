"""`manage.py create_account NAME`, in a project whose people are its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oncekeys.management import arguments
from oncekeys.models.names import BadName
from oncekeys.services import accounts


class Command(BaseCommand):
    help = "Makes an account for keys, and prints its slug. With --external-id it is safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the account, such as “Acme Logistics”")
        arguments.add_external_id(parser)

    def handle(self, *, name: str, external_id: str | None, **options: Any) -> None:
        try:
            if external_id is None:
                account = accounts.create(name=name)
            else:
                account = accounts.provision(external_id=external_id, name=name)
        except (accounts.SlugTaken, BadName) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(account.slug)
