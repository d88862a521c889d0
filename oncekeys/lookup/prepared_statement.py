"""Runs the look-up on PostgreSQL as a prepared statement, with a cursor of the driver that each connection keeps.

A new cursor for each request and Django's loader of timestamps, both written in Python, would cost more than the query.
The values are asked for in binary form, which the driver reads in half the time.

If the server hangs, the driver would wait for as long as the connection is open. So it gets a limit.

A pooler may lend one server connection to many clients without tracking their prepared statements, as an old PgBouncer
does in transaction mode. Then statements get lost. After the first loss, this process looks keys up without them.
"""

import inspect
import logging
from functools import partial
from ipaddress import ip_address
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName
from psycopg.pq import Format, TransactionStatus

from oncekeys.lookup.failures import StatementLost, TooLate

logger = logging.getLogger(__name__)

# For each message that is exchanged with the server. Usually there is only one.
SECONDS = 2.0

# The statement was discarded, a migration changed a column's type, or a pooler used another server connection.
LOST = (InvalidSqlStatementName, FeatureNotSupported, DuplicatePreparedStatement)
ADVICE = (
    "A pooler between this process and PostgreSQL loses prepared statements, so keys are looked up without them, which "
    "takes longer. Set max_prepared_statements in PgBouncer, 1.21 or newer, or DATABASE_PREPARED_STATEMENTS=false. "
    "In a project of your own, that is to leave prepare_threshold out of the database's OPTIONS."
)
# In binary form, these have the values that Django has. The user rows of a host may have others, and are then text.
ALIKE = frozenset(
    psycopg.adapters.types[name].oid
    for name in ("bool", "bytea", "date", "inet", "int2", "int4", "int8", "text", "timestamptz", "uuid", "varchar")
)
# Before psycopg 3.3, no limit can be set.
WAITS_IN_TIME = "timeout" in inspect.signature(psycopg.Connection.wait).parameters


class AddressLoader(Loader):
    """Reads an inet as text, as Django does: after four bytes about it come those of the address."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return str(ip_address(bytes(data[4:])))


class Pooler:
    """Remembers whether a pooler in front of the server has lost a prepared statement."""

    loses_statements = False

    @classmethod
    def has_lost_one(cls) -> None:
        if not cls.loses_statements:
            cls.loses_statements = True
            logger.warning(ADVICE)


def fetch(raw: Any, sql: str, parameter: str) -> Any:
    """Return the first row. Raises psycopg.Error, or closes the connection and raises TooLate or StatementLost."""
    kept = getattr(raw, "oncekeys_cursor", None)
    cursor, prepare = kept or _keep_cursor(raw), not Pooler.loses_statements
    wait = raw.wait
    if WAITS_IN_TIME:
        raw.wait = partial(wait, timeout=SECONDS)
    try:
        row = cursor.execute(sql, (parameter,), prepare=prepare).fetchone()
        if kept is None and all(column.type_code in ALIKE for column in cursor.description or ()):
            cursor.format = Format.BINARY  # from the next row on
        return row
    except LOST as error:
        if not prepare or (kept is None and isinstance(error, FeatureNotSupported)):
            raise
        if kept is None or isinstance(error, DuplicatePreparedStatement):
            Pooler.has_lost_one()
        raw.close()
        raise StatementLost from error
    except psycopg.OperationalError:
        if raw.info.transaction_status != TransactionStatus.ACTIVE:
            raise
        raw.close()  # the reply may still come, and the next request would take it for its own
        raise TooLate("The database did not answer in time.") from None
    finally:
        raw.wait = wait


def _keep_cursor(raw: Any) -> "psycopg.Cursor[Any]":
    """Keep a cursor for each connection, not each thread, since a pool lends a connection to many threads."""
    # Not the connection's own cursor, which puts the values into the SQL and so can't prepare it.
    raw.oncekeys_cursor = cursor = psycopg.Cursor(raw)
    timestamp = psycopg.adapters.types["timestamptz"].oid
    if loader := psycopg.adapters.get_loader(timestamp, Format.TEXT):
        # The driver's loader reads the same value, in the connection's time zone.
        cursor.adapters.register_loader(timestamp, loader)
    cursor.adapters.register_loader("inet", AddressLoader)
    return cursor
