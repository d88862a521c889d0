"""`manage.py enable_account ACCOUNT`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.management import arguments
from accounts.services import accounts


class Command(BaseCommand):
    help = "Enables an account that was disabled: its keys and pages work again from the next request on."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_account(parser)

    def handle(self, *, account: str, **options: Any) -> None:
        accounts.enable(account=arguments.account(account), actor=None)
        self.stderr.write(f"The account “{account}” is enabled.")
