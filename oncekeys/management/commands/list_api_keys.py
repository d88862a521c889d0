"""`manage.py list_api_keys ACCOUNT`: a line for each key, with tabs between its facts."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oncekeys.management import arguments
from oncekeys.models import ApiKey


class Command(BaseCommand):
    help = "Lists the API keys of an account, newest first: id, environment, name, created, last used, expires."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_account(parser)

    def handle(self, *, account: str, **options: Any) -> None:
        api_keys = arguments.account(account).api_keys
        active, keys = api_keys.active().count(), list(api_keys.listed())
        self.stderr.write(f"{active} active of {len(keys)} listed")
        for key in keys:
            self.stdout.write("\t".join(_facts(key)))


def _facts(key: ApiKey) -> tuple[str, ...]:
    moments = (key.created_at, key.last_used_at, key.expires_at)
    return (key.public_id, key.environment, key.name, *map(_moment, moments))


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else "never"
