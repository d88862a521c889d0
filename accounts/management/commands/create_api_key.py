"""`manage.py create_api_key ACCOUNT NAME`: the key alone on standard output, for a script to take."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management import arguments
from accounts.models import Environment
from accounts.models.names import BadName
from accounts.services import api_keys


class Command(BaseCommand):
    help = "Makes an API key and prints it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="the account's slug, as it stands in its address")
        parser.add_argument("name", help="the application that will use the key")
        parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION)

    def handle(self, *, account: str, name: str, environment: str, **options: Any) -> None:
        try:
            created = api_keys.create(
                account=arguments.account(account), actor=None, name=name, environment=Environment(environment)
            )
        except (BadName, api_keys.NameTaken, api_keys.CapReached) as error:
            raise CommandError(str(error)) from None
        except api_keys.Busy:
            raise CommandError("The machine is too busy to hash a key. No key was made: try again.") from None
        self.stderr.write(f"Created {created.api_key}. This is the only time the key is shown:")
        self.stdout.write(created.token.reveal())
