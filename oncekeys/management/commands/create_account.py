"""`manage.py create_account NAME`, in a project whose people are its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oncekeys.models.names import BadName
from oncekeys.services import accounts


class Command(BaseCommand):
    help = "Makes an account for keys, and prints its slug."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the account, such as “Acme Logistics”")

    def handle(self, *, name: str, **options: Any) -> None:
        try:
            account = accounts.create(name=name)
        except (accounts.SlugTaken, BadName) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(account.slug)
