"""A site whose database can be killed or held up without harm to other tests."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from dev.postgresql import PostgresServer
from dev.servers import site_environment

SETUP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_account", "Acme", "--owner", "ada@acme.example")
call_command("create_api_key", "acme", "CRM")
"""


@pytest.fixture(scope="session")
def database_with_key() -> Iterator[tuple[PostgresServer, str]]:
    with PostgresServer() as server:
        made = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "--command", SETUP],
            env={**site_environment(), "DATABASE_URL": server.url},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        yield server, made.stdout.split()[-1]


@pytest.fixture(scope="session")
def database(database_with_key) -> PostgresServer:
    """A PostgreSQL of its own, with an account and a key."""
    return database_with_key[0]


@pytest.fixture(scope="session")
def key(database_with_key) -> str:
    return database_with_key[1]
