"""Gives the tests a database, and a place for static files, before Django's settings are read.

`TEST_DATABASE=postgresql` (the default) starts a server for this run alone, `TEST_DATABASE=sqlite` makes a
file for it, as the embedded default of the site would. Both are gone when pytest ends, however it ends.
The workers of pytest-xdist share the one server, where each has a database of its own.
"""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError

from dev.postgresql import PostgresServer, PostgresUnavailable
from dev.scratch import ScratchDirectory

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

_TRIES_TO_EMPTY = 50  # of 200 ms each
# Lock not available, and a deadlock that was detected.
GIVES_WAY = {"55P03", "40P01"}
WRITTEN_BY_MIGRATE = {"django_content_type", "auth_permission"}

ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-and-never-for-a-deployment-0123456789-abcdefg",
    "PUBLIC_URL": "http://127.0.0.1",
    "DEBUG": "false",
    "ENV_FILE": os.devnull,
    # The memory of each process: it can be cleared for a test that has no database.
    "CACHE_URL": "locmem:",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper, because pytest-django's own hook asks to be first, reads the settings, and would win."""
    if "PYTEST_XDIST_WORKER" in os.environ:  # its environment comes from the process that started it
        return (yield)
    os.environ.update(ENVIRONMENT)
    until_pytest_ends = ExitStack()
    scratch = ScratchDirectory()
    until_pytest_ends.callback(scratch.remove)
    os.environ["STATIC_ROOT"] = str(scratch.path / "static")
    try:
        os.environ["DATABASE_URL"] = until_pytest_ends.enter_context(_chosen_database(scratch.path))
    except PostgresUnavailable as error:
        raise pytest.UsageError(str(error)) from error
    early_config.add_cleanup(until_pytest_ends.close)
    return (yield)


def pytest_sessionstart() -> None:
    """Have Django test on a file: its default is memory, which knows neither WAL nor waiting for a lock."""
    from django.conf import settings  # the settings exist only now
    from django.test import TransactionTestCase

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database.setdefault("TEST", {})["NAME"] = f"{database['NAME']}.tests"
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]


def _empty_tables(_: object) -> None:
    """Empty what a test has written. Django's own flush truncates every table and makes all permissions again.

    It takes 80 ms, this takes 5.
    """
    from django.db import connection, transaction

    empty = {"postgresql": _empty_in_spite_of_servers, "sqlite": _empty_in_spite_of_triggers}[connection.vendor]
    tables = sorted(set(connection.introspection.django_table_names()) - WRITTEN_BY_MIGRATE)
    for _ in range(_TRIES_TO_EMPTY):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                return empty(cursor, tables)
        except OperationalError as error:
            if connection.vendor == "sqlite" or getattr(error.__cause__, "sqlstate", "") not in GIVES_WAY:
                raise
    raise TimeoutError("A server that a test has used holds a lock on the database and does not let go.")


def _empty_in_spite_of_servers(cursor: "CursorWrapper", tables: list[str]) -> None:
    """A server that a test has used may still write what it counted, and locks its tables in another order.

    This gives way long before PostgreSQL sees a deadlock (after a second, and ends one of the two), lets the server
    finish, and tries again. Deleting from small tables is faster than truncating, but for triggers and foreign keys.
    """
    cursor.execute("SET LOCAL lock_timeout = '200ms'")
    cursor.execute("SET LOCAL deadlock_timeout = '50ms'")  # when PostgreSQL ends a vacuum that is in the way
    cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute("; ".join(f"DELETE FROM {table}" for table in tables))


def _empty_in_spite_of_triggers(cursor: "CursorWrapper", tables: list[str]) -> None:
    """The audit log's triggers refuse to delete from it."""
    triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    for table in tables:
        cursor.execute(f"DELETE FROM {table}")
    for _, definition in triggers:
        cursor.execute(definition)


@contextmanager
def _postgresql(_: Path) -> Iterator[str]:
    with PostgresServer() as server:
        yield server.url


@contextmanager
def _sqlite(scratch: Path) -> Iterator[str]:
    yield f"sqlite:///{scratch / 'oncekeys.sqlite3'}"


_DATABASES: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
}


def _chosen_database(scratch: Path) -> AbstractContextManager[str]:
    name = os.environ.get("TEST_DATABASE", "postgresql")
    if name not in _DATABASES:
        raise pytest.UsageError(f"TEST_DATABASE is {name!r}: it can be {' or '.join(_DATABASES)}.")
    return _DATABASES[name](scratch)
