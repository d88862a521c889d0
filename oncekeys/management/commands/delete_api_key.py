"""`manage.py delete_api_key ACCOUNT KEY_ID`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oncekeys.management import arguments
from oncekeys.models import old_keys
from oncekeys.services import api_keys
from oncekeys.services.by import By


class Command(BaseCommand):
    help = "Deletes an API key: it is refused from the next request on."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_account(parser)
        parser.add_argument("key_id", help="the key's id, as `list_api_keys` shows it")

    def handle(self, *, account: str, key_id: str, **options: Any) -> None:
        api_key = arguments.api_key(arguments.account(account), key_id)
        api_keys.delete(api_key=api_key, by=By.system())
        of_old_key = old_keys.facts(api_key)
        told = (
            f"Deleted the old key {api_key}. {old_keys.sentence(of_old_key)}" if of_old_key else f"Deleted {api_key}."
        )
        self.stderr.write(told)
