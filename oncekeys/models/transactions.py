"""Transactions in the database that has the keys, which a project's router may say is another than the default."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import InterfaceError, InternalError, OperationalError, connections, router, transaction

# What a database raises that is away, hangs, or takes no writes, as a standby does. None of it is the caller's fault.
AWAY = (OperationalError, InterfaceError, InternalError)

# Changes no row, and takes SQLite's write lock.
TAKE_WRITE_LOCK = "UPDATE oncekeys_account SET id = id WHERE false"


@contextmanager
def atomic() -> Iterator[None]:
    """Open a transaction like Django's. On SQLite it takes the write lock at once, so readers wait for their turn.

    Otherwise SQLite refuses its first write at once with “database is locked” if another transaction wrote meanwhile.
    `transaction_mode: IMMEDIATE` does the same for all of a project's transactions.
    """
    connection = connections[alias()]
    begins = not connection.in_atomic_block
    with transaction.atomic(using=connection.alias):
        if begins and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(TAKE_WRITE_LOCK)
        yield


def on_commit(work: Callable[[], Any], *, robust: bool = False) -> None:
    """Do it once the transaction has committed; at once where there is none."""

    def run() -> None:  # Django's log names a function that failed, and a partial has no name
        work()

    transaction.on_commit(run, using=alias(), robust=robust)


def alias() -> str:
    """Return the alias of the database that has the keys."""
    return router.db_for_write(apps.get_model("oncekeys", "Account"))
