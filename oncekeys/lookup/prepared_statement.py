"""Runs one prepared statement on PostgreSQL with as little around it as libpq needs.

The driver's cursor and Django's loader of timestamps, both written in Python, take four times as long as the rest of
an authentication. So the statement is prepared once for each connection, executed by libpq itself, and its row read
by the driver's own loaders.

libpq would wait for a server that hangs for as long as the connection is open. So we wait, and give up in time.

A pooler that lends one connection of the server to many, and does not know their prepared statements, loses them: an
old PgBouncer in transaction mode. From the first one that it loses, this process looks keys up without any.
"""

import logging
import select
import sys
import time
from functools import cache
from hashlib import blake2s
from itertools import count
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.errors import (
    DuplicatePreparedStatement,
    FeatureNotSupported,
    InvalidSqlStatementName,
    error_from_result,
)
from psycopg.pq import ConnStatus, ExecStatus, Format

from oncekeys import compat
from oncekeys.lookup.deadline import SECONDS, TooLate

logger = logging.getLogger(__name__)

_numbers = count(1)

LOST = (InvalidSqlStatementName, DuplicatePreparedStatement)
ADVICE = (
    "A pooler between this process and PostgreSQL loses prepared statements, so keys are looked up without them, which "
    "takes longer. Set max_prepared_statements in PgBouncer, 1.21 or newer, or DATABASE_PREPARED_STATEMENTS=false. "
    "In a project of your own, that is to leave prepare_threshold out of the database's OPTIONS."
)


class Prepared(NamedTuple):
    """The statement's name in its connection, and what turns a result into Python values."""

    name: bytes
    loader: Any


# By connection and not by thread, since a pool lends the same one to many.
_prepared: WeakKeyDictionary[Any, Prepared] = WeakKeyDictionary()


class Pooler:
    """Knowledge of the pooler before the server, if there is one."""

    loses_statements = False

    @classmethod
    def has_lost_one(cls) -> None:
        if not cls.loses_statements:
            cls.loses_statements = True
            logger.warning(ADVICE)


def is_possible(raw: Any) -> bool:
    """Not inside a transaction, which the driver begins, nor where a pooler forbids prepared statements.

    And not under gevent: no other greenlet would get its turn while we wait. The driver's cursor lets them. Nor on
    Windows, where there is no poll.
    """
    is_allowed = raw.autocommit and raw.prepare_threshold is not None and not Pooler.loses_statements
    return bool(is_allowed and hasattr(select, "poll") and not _waits_by_gevent())


@cache
def _waits_by_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return bool(monkey and monkey.is_module_patched("select"))


def fetch(raw: Any, sql: str, parameter: str) -> tuple[Any, ...] | None:
    """The first row. `sql` has `$1` for its parameter. Raises psycopg.Error; LOST where a pooler loses statements."""
    if prepared := _prepared.get(raw):
        try:
            return _execute(raw, prepared, parameter)
        except (InvalidSqlStatementName, FeatureNotSupported):
            pass  # it was discarded, or a migration changed the type of a column
    return _execute(raw, _prepare(raw, sql), parameter)


def fetch_by_cursor(raw: Any, sql: str, parameter: str) -> tuple[Any, ...] | None:
    """The same by the driver's cursor. `sql` has `%s`."""
    # Not the connection's own cursor, which writes the values into the SQL and so could never prepare it.
    with psycopg.Cursor(raw) as cursor:
        return cursor.execute(sql, (parameter,), prepare=not Pooler.loses_statements).fetchone()


def _execute(raw: Any, prepared: Prepared, parameter: str) -> tuple[Any, ...] | None:
    raw.pgconn.send_query_prepared(prepared.name, (parameter.encode(),))
    result = _answer(raw, ExecStatus.TUPLES_OK)
    if not result.ntuples:
        return None
    prepared.loader.set_pgresult(result, set_loaders=False)
    return cast(tuple[Any, ...], prepared.loader.load_row(0, tuple))


def _prepare(raw: Any, sql: str) -> Prepared:
    # Told from another release's by what it reads, since a pooler may lend a connection that has theirs.
    name = b"oncekeys_%s_%d" % (blake2s(sql.encode(), digest_size=4).hexdigest().encode(), next(_numbers))
    raw.pgconn.send_prepare(name, sql.encode())
    _answer(raw, ExecStatus.COMMAND_OK)
    raw.pgconn.send_describe_prepared(name)
    description = _answer(raw, ExecStatus.COMMAND_OK)
    loader = compat.row_loader(_adapters(raw), raw)
    loader.set_pgresult(description)
    _prepared[raw] = Prepared(name, loader)
    return _prepared[raw]


def _adapters(raw: Any) -> AdaptersMap:
    """Django's, but for timestamps, which the driver reads to the same value in the time zone of the connection."""
    adapters = AdaptersMap(raw.adapters)
    timestamp = psycopg.adapters.types["timestamptz"].oid
    if loader := psycopg.adapters.get_loader(timestamp, Format.TEXT):
        adapters.register_loader(timestamp, loader)
    return adapters


def _answer(raw: Any, status: ExecStatus) -> Any:
    """The result of what was just sent. Raises psycopg.Error where it has another status."""
    _wait(raw)
    result = raw.pgconn.get_result()
    while raw.pgconn.get_result():
        pass  # there is no second result, but libpq wants to be asked
    if result.status == status:
        return result
    if raw.pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError(result.get_error_message())
    raise error_from_result(result)


def _wait(raw: Any) -> None:
    """Wait until the server has answered. Raises TooLate."""
    until = time.monotonic() + SECONDS
    socket = select.poll()
    unsent = raw.pgconn.flush()
    while unsent or raw.pgconn.is_busy():
        socket.register(raw.pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
        if not socket.poll(max(0.0, until - time.monotonic()) * 1000):
            raise TooLate("The database did not answer in time.")
        raw.pgconn.consume_input()
        unsent = unsent and raw.pgconn.flush()
