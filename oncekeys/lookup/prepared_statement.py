"""Runs the look-up on PostgreSQL as a prepared statement, by libpq itself.

The driver's cursor, Django's loader of timestamps and the text form of the values would cost more than the query. So
each connection prepares the statement once and keeps what reads its rows, in binary form. Where the project prepares
no statements, it keeps a cursor.

libpq would wait for a server that hangs for as long as the connection is open. So we wait, and give up in time.

A pooler may lend one server connection to many clients without tracking their prepared statements, as an old PgBouncer
does in transaction mode. Then statements get lost. After the first loss, this process looks keys up without them.
"""

import inspect
import logging
import select
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2s
from itertools import count
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import Buffer, Loader, Transformer
from psycopg.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus

from oncekeys.lookup.failures import TooLate

logger = logging.getLogger(__name__)

# For each message that is exchanged with the server. Usually there is only one.
SECONDS = 2.0

# Someone discarded the statement, or a migration changed a column's type.
OUTDATED = (InvalidSqlStatementName, FeatureNotSupported)
# A pooler used another server connection.
LOST = (InvalidSqlStatementName, DuplicatePreparedStatement)
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
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# Before psycopg 3.3, a cursor can't be given a limit.
CURSORS_GIVE_UP = "timeout" in inspect.signature(psycopg.Connection.wait).parameters

_numbers = count(1)


class Pooler:
    """Remembers whether a pooler in front of the server has lost a prepared statement."""

    loses_statements = False

    @classmethod
    def has_lost_one(cls) -> None:
        if not cls.loses_statements:
            cls.loses_statements = True
            logger.warning(ADVICE)


class AddressLoader(Loader):
    """Reads an inet as text, as Django does: after four bytes about it come those of the address."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        address = bytes(data[4:])
        return inet_ntop(AF_INET if len(address) == 4 else AF_INET6, address)


class Prepared(NamedTuple):
    """The statement as one connection knows it, the form and reader of its rows, and what waits for the connection."""

    sql: str
    name: bytes
    format: Format
    reader: Any
    socket: Any


def fetch(raw: Any, sql: str, parameter: str) -> Any:
    """Return the first row. Raises psycopg.Error or TooLate."""
    kept = getattr(raw, "oncekeys_statement", None)
    if kept is not None and kept.sql is sql:
        try:
            return _execute(raw.pgconn, kept, parameter)
        except OUTDATED:
            raw.oncekeys_statement = None
            if _transaction_failed(raw):
                raise
    return _fetch_anew(raw, sql, parameter)


def _fetch_anew(raw: Any, sql: str, parameter: str) -> Any:
    if raw.prepare_threshold is None or Pooler.loses_statements or not hasattr(select, "poll"):  # as on Windows
        return _fetch_by_cursor(raw, sql, parameter)
    try:
        raw.oncekeys_statement = _prepare(raw, sql)
        return _execute(raw.pgconn, raw.oncekeys_statement, parameter)
    except LOST:
        Pooler.has_lost_one()
        if _transaction_failed(raw):
            raise
        return _fetch_by_cursor(raw, sql, parameter)


def _transaction_failed(raw: Any) -> bool:
    return bool(raw.pgconn.transaction_status == TransactionStatus.INERROR)


def _fetch_by_cursor(raw: Any, sql: str, parameter: str) -> Any:
    cursor = getattr(raw, "oncekeys_cursor", None)
    if cursor is None:
        cursor = raw.oncekeys_cursor = _cursor(raw)
    try:
        with _limit(raw):
            return cursor.execute(sql, (parameter,), prepare=False).fetchone()
    except psycopg.OperationalError:
        if raw.pgconn.transaction_status != TransactionStatus.ACTIVE:
            raise
        raise TooLate from None


@contextmanager
def _limit(raw: Any) -> Iterator[None]:
    """Let the driver give up if the server hangs."""
    wait = raw.wait
    if CURSORS_GIVE_UP:
        raw.wait = partial(wait, timeout=SECONDS)
    try:
        yield
    finally:
        raw.wait = wait


def _prepare(raw: Any, sql: str) -> Prepared:
    """Prepare the statement. Its name depends on its SQL: by a pooler, another release may use the same connection."""
    name = b"oncekeys_%s_%d" % (blake2s(sql.encode(), digest_size=4).hexdigest().encode(), next(_numbers))
    socket = select.poll()  # gevent replaces it
    socket.register(raw.pgconn.socket, select.POLLIN)
    raw.pgconn.send_prepare(name, sql.replace("%s", "$1").encode())
    _result(raw.pgconn, socket)
    raw.pgconn.send_describe_prepared(name)
    described = _result(raw.pgconn, socket)
    is_alike = all(described.ftype(column) in ALIKE for column in range(described.nfields))
    form = Format.BINARY if is_alike else Format.TEXT
    reader = Transformer(_cursor(raw))
    reader.set_pgresult(described, format=form)
    return Prepared(sql, name, form, reader, socket)


def _cursor(raw: Any) -> "psycopg.Cursor[Any]":
    """Return a cursor that reads rows as Django does, but by the driver's own loaders."""
    cursor = psycopg.Cursor(raw)  # not the connection's own, which puts the values into the SQL
    cursor.adapters.register_loader("inet", AddressLoader)
    timestamp = psycopg.adapters.types["timestamptz"].oid
    if loader := psycopg.adapters.get_loader(timestamp, Format.TEXT):
        cursor.adapters.register_loader(timestamp, loader)  # it reads the same value, in the connection's time zone
    return cursor


def _execute(pgconn: Any, prepared: Prepared, parameter: str) -> Any:
    pgconn.send_query_prepared(prepared.name, [parameter.encode()], result_format=prepared.format)
    result = _result(pgconn, prepared.socket)
    if not result.ntuples:
        return None
    prepared.reader.set_pgresult(result, set_loaders=False)
    return prepared.reader.load_row(0, tuple)


def _result(pgconn: Any, socket: Any) -> Any:
    """Return the result of what was just sent. Raises psycopg.Error or TooLate."""
    result = _next_result(pgconn, socket)
    while _next_result(pgconn, socket):
        pass  # there is no other, but libpq has to be asked
    if result and result.status in DONE:
        return result
    if not result or pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError("The connection to the database was lost.")
    raise error_from_result(result)


def _next_result(pgconn: Any, socket: Any) -> Any:
    while pgconn.is_busy():
        if not socket.poll(1000 * SECONDS):
            raise TooLate
        pgconn.consume_input()
    return pgconn.get_result()
