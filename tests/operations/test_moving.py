"""A site moves from SQLite to PostgreSQL by the commands of `docs/operators.md`, run as written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier, Literal

from dev.servers import ROOT, running_server
from tests.operations.stores import PostgreSQL

COMMANDS = dict(re.findall(r"```sh name=([\w-]+)\n(.*?)```", (ROOT / "docs" / "operators.md").read_text(), re.DOTALL))

# One database is restored at a time.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("backup")]

# What a site has after some time; prints a session of its owner, who is staff by way of a group.
PAST = """
from django.contrib.auth.models import Group, Permission
from django.test import Client
from oncekeys.models import Account, ApiKey
from accounts.models import User
from oncekeys.services import api_keys
from oncekeys.services.by import By
from dev.second_step import switch_on

ada = User.objects.get(email="ada@acme.example")
for number in range(5):
    key = api_keys.create(account=Account.objects.get(), by=By(ada), name=f"Key {number}").api_key
    api_keys.delete(api_key=key, by=By(ada))
support = Group.objects.create(name="Support")
support.permissions.add(Permission.objects.get(codename="view_apikey"))
ada.groups.add(support)
User.objects.filter(pk=ada.pk).update(is_staff=True)
switch_on(ada)
browser = Client()
browser.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
browser.get("/profile/")
print(browser.cookies["sessionid"].value)
"""
# As in a database of another age, in which apps were added in another order.
OTHER_NUMBERS = """
from django.db import connection

with connection.constraint_checks_disabled(), connection.cursor() as cursor:
    cursor.execute("UPDATE django_content_type SET id = id + 1000")
    cursor.execute("UPDATE auth_permission SET id = id + 1000, content_type_id = content_type_id + 1000")
    cursor.execute("UPDATE auth_group_permissions SET permission_id = permission_id + 1000")
"""


class Moved:
    """A site whose past is on SQLite and whose present on PostgreSQL."""

    def __init__(self, folder: Path, store: PostgreSQL) -> None:
        self.folder, self.url = folder, store.url
        self.old = f"sqlite:///{folder}/var/oncekeys.sqlite3"
        (folder / "var").mkdir()

    def manage(self, *arguments: str, url: str, typed: str = "") -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def live_on_sqlite(self) -> None:
        self.manage("migrate", url=self.old)
        self.manage("create_account", "Acme", "--owner", "ada@acme.example", url=self.old)
        self.key = self.manage("create_api_key", "acme", "Production CRM", url=self.old)
        self.session = self.manage("shell", "--no-imports", url=self.old, typed=PAST)
        self.manage("shell", "--no-imports", url=self.old, typed=OTHER_NUMBERS)

    def move(self, places: dict[str, str]) -> None:
        command = COMMANDS["sqlite-to-postgresql"]
        for documented, here in places.items():
            assert documented in command
            command = command.replace(documented, here)
        subprocess.run(["sh", "-euc", command], cwd=self.folder, env=dict(os.environ), check=True)


@pytest.fixture
def store(tmp_path):
    store = PostgreSQL(tmp_path)
    with psycopg.connect(store.places["postgresql://oncekeys@db.internal/postgres"], autocommit=True) as server:
        server.execute("CREATE DATABASE oncekeys_restored")
    yield store
    store.remove()


@pytest.fixture
def moved(tmp_path, store):
    moved = Moved(tmp_path, store)
    moved.live_on_sqlite()
    moved.move(
        {
            "postgresql://oncekeys:<password>@db.internal/oncekeys?sslmode=require": f'"{store.url}"',
            "python manage.py": f"{sys.executable} {ROOT / 'manage.py'}",
            "psql ": f"{store.places['/usr/lib/postgresql/18/bin']}/psql ",
        }
    )
    return moved


@pytest.mark.full  # once in the life of a site, and eight processes
def test_a_site_moves_from_sqlite_to_postgresql_with_all_it_has(moved, store, static_files, tmp_path):
    with running_server(tmp_path / "log", DATABASE_URL=moved.url) as site:
        with site.client(cookies={"sessionid": moved.session}) as browser:
            assert site.test(moved.key).status_code == 200
            assert browser.get("/profile/").status_code == 200
            assert browser.get("/accounts/acme/settings/activity/").text.count("API key deleted") >= 5
        another = moved.manage("create_api_key", "acme", "After the move", url=moved.url)
        assert site.test(another).status_code == 200

    assert "view_apikey" in moved.manage("shell", "--no-imports", url=moved.url, typed=PERMISSIONS)
    for statement in ("UPDATE oncekeys_auditevent SET kind = 'api_key.paused'", "DELETE FROM oncekeys_auditevent"):
        assert "Audit events are only ever added." in store.execute(statement)
    assert numbers_given_twice(moved.url) == []


PERMISSIONS = """
from accounts.models import User

print(User.objects.get(email="ada@acme.example").get_group_permissions())
"""


def numbers_given_twice(url: str) -> list[str]:
    """Tables that would give a new row a number that is taken."""
    with psycopg.connect(url) as database:
        columns = "SELECT table_name FROM information_schema.columns WHERE column_name = 'id' AND is_identity = 'YES'"
        tables = [name for (name,) in database.execute(columns)]
        assert "oncekeys_apikey" in tables
        return [name for name in tables if highest(database, name) > last_given(database, name)]


def highest(database: psycopg.Connection, table: str) -> int:
    return number(database, SQL("SELECT coalesce(max(id), 0) FROM {}").format(Identifier(table)))


def last_given(database: psycopg.Connection, table: str) -> int:
    sequence = SQL("pg_get_serial_sequence({}, 'id')::regclass").format(Literal(table))
    return number(database, SQL("SELECT coalesce(pg_sequence_last_value({}), 0)").format(sequence))


def number(database: psycopg.Connection, query: Composed) -> int:
    (found,) = database.execute(query).fetchone() or (0,)
    return int(found)
