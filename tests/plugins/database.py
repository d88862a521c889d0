"""Gives the tests a database, and a place for static files, before Django's settings are read.

`TEST_DATABASE=postgresql` (the default) starts a server for this run alone, `TEST_DATABASE=sqlite` makes a
file for it, as the embedded default of the site would. Both are gone when pytest ends, however it ends.
The workers of pytest-xdist share the one server, where each has a database of its own.
"""

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError

from dev.postgresql import PostgresServer, PostgresUnavailable
from dev.scratch import ScratchDirectory

_TRIES_TO_EMPTY = 50  # of 200 ms each

ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-and-never-for-a-deployment-0123456789-abcdefg",
    "PUBLIC_URL": "http://127.0.0.1",
    "DEBUG": "false",
    "ENV_FILE": os.devnull,
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

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database.setdefault("TEST", {})["NAME"] = f"{database['NAME']}.tests"
        _empty_tables_in_spite_of_triggers()
    else:
        _empty_tables_in_spite_of_servers()


def _empty_tables_in_spite_of_servers() -> None:
    """A server that a test has used may still write what it counted, and locks its tables in another order.

    Emptying them gives way long before PostgreSQL sees a deadlock (after a second, and ends one of the two), lets
    the server finish, and tries again.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations
    from psycopg.errors import LockNotAvailable

    flush = DatabaseOperations.execute_sql_flush

    def giving_way(operations: DatabaseOperations, statements: Iterable[str]) -> None:
        # As a replica's own writes, which ask no triggers: the audit log's refuses to be emptied.
        statements = ["SET LOCAL lock_timeout = '200ms'", "SET LOCAL session_replication_role = replica", *statements]
        for _ in range(_TRIES_TO_EMPTY):
            try:
                return flush(operations, statements)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
        raise TimeoutError("A server that a test has used holds a lock on the database and does not let go.")

    DatabaseOperations.execute_sql_flush = giving_way  # type: ignore[method-assign, assignment]


def _empty_tables_in_spite_of_triggers() -> None:
    """Between tests Django empties SQLite's tables by DELETE, which the audit log's triggers refuse."""
    from django.db.backends.sqlite3.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(operations: DatabaseOperations, statements: Iterable[str]) -> None:
        with operations.connection.cursor() as cursor:
            triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            flush(operations, statements)
            for _, definition in triggers:
                cursor.execute(definition)

    DatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign, assignment]


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
