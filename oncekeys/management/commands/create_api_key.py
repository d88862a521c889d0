"""`manage.py create_api_key ACCOUNT NAME`: the key alone on standard output, for a script to take."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oncekeys import conf
from oncekeys.management import arguments
from oncekeys.models import Environment
from oncekeys.models.names import BadName
from oncekeys.models.networks import BadNetworks
from oncekeys.models.scopes import BadScopes
from oncekeys.services import api_keys
from oncekeys.services.by import By

REFUSALS = (BadName, BadNetworks, BadScopes, api_keys.NameTaken, api_keys.CapReached, api_keys.ExpiryPassed)


class Command(BaseCommand):
    help = "Makes an API key and prints it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_account(parser)
        parser.add_argument("name", help="the application that will use the key")
        parser.add_argument("--environment", choices=Environment.values, default=Environment.PRODUCTION)
        parser.add_argument(
            "--expires",
            metavar="DAYS|DATE",
            help="in so many days, or at the end of a day such as 2030-12-31; else never",
        )
        parser.add_argument(
            "--scope",
            action="append",
            metavar="NAME",
            help=f"what it may do, once for each ({', '.join(conf.scopes())}); else everything",
        )
        parser.add_argument(
            "--address",
            action="append",
            default=[],
            metavar="NETWORK",
            help="from where it may be used, once for each (203.0.113.7, 2001:db8::/32); else from anywhere",
        )

    def handle(self, *, account: str, name: str, environment: str, **options: Any) -> None:
        try:
            created = api_keys.create(
                account=arguments.account(account),
                by=By.system(),
                name=name,
                environment=Environment(environment),
                expires=arguments.life(options["expires"]) if options["expires"] is not None else None,
                networks="\n".join(options["address"]),
                scopes=options["scope"],
            )
        except REFUSALS as error:
            raise CommandError(str(error)) from None
        except api_keys.Busy:
            raise CommandError("The machine is too busy to hash a key. No key was made: try again.") from None
        self.stderr.write(f"Created {created.api_key}. This is the only time the key is shown:")
        self.stdout.write(created.token.reveal())
