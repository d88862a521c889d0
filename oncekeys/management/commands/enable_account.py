"""`manage.py enable_account ACCOUNT`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oncekeys.management import arguments
from oncekeys.services import accounts
from oncekeys.services.by import By


class Command(BaseCommand):
    help = "Enables a disabled account: its keys and pages work from the next request on."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_account(parser)

    def handle(self, *, account: str, **options: Any) -> None:
        accounts.enable(account=arguments.account(account), by=By.system())
        self.stderr.write(f"The account “{account}” is enabled.")
