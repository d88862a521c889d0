"""Runs the one query of the hot path: written by the ORM, compiled once, executed as a prepared statement.

The ORM would compile it again for every request, which costs more than the database needs to answer it. Bypassing
the ORM loses three things, which this module restores: the translation of errors, the query log if it is on, and the
health check of a connection that was idle.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.functions import Now

from oncekeys import compat
from oncekeys.host import host
from oncekeys.lookup.failures import TooLate
from oncekeys.models.account import Account
from oncekeys.models.api_key import ApiKey

Converter = Callable[[Any], Any]


class Part(NamedTuple):
    """The part of the query that reads one model: how the query reaches it, and its fields.

    A field that is left out would cost another query when it is used, and raise an exception in async code.
    """

    model: type[Model]
    path: str
    fields: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        return [self.path + field for field in self.fields]


KEY = Part(
    ApiKey,
    "",
    (
        "id",
        "account_id",
        "brand",
        "key_id",
        "secret_hash",
        "seal",
        "name",
        "folded_name",
        "environment",
        "addresses",
        "scopes",
        "slot",
        "created_at",
        "created_by_id",
        "expires_at",
        "paused_at",
        "replaces_id",
        "origin_id",
        "first_used_at",
        "last_used_at",
        "last_used_address",
        "deleted_at",
    ),
)
ACCOUNT = Part(
    Account,
    "account__",
    ("id", "name", "slug", "external_id", "service_user_id", "created_at", "disabled_at"),
)


class Found(NamedTuple):
    """A key with its account loaded, and the database's clock at that moment."""

    api_key: ApiKey
    now: datetime


@lru_cache
def _parts() -> tuple[Part, ...]:
    """Return the parts: the key, its account, and the user row of the account's keys if the host has such rows."""
    if not host.has_user_rows:
        return (KEY, ACCOUNT)
    user = get_user_model()
    return (
        KEY,
        ACCOUNT,
        Part(user, "account__service_user__", tuple(field.attname for field in user._meta.concrete_fields)),
    )


class Statement(NamedTuple):
    """SQL with one placeholder for the key ID, and the converters from raw column values to field values."""

    sql: str
    raw_sql: str
    converters: tuple[tuple[int, Converter], ...]


def find(key_id: str) -> Found | None:
    """Return the key, deleted or not, as the primary database has it now. Raises django.db.Error."""
    alias = router.db_for_write(ApiKey)
    connection = connections[alias]
    statement = _statement(alias)
    row = _fetch_from_live_connection(connection, statement, key_id)
    return row and _build(alias, statement, row)


@lru_cache
def _statement(alias: str) -> Statement:
    columns = [column for part in _parts() for column in part.columns]
    query = ApiKey.objects.using(alias).filter(key_id="").values_list(*columns, Now()).query
    compiler = query.get_compiler(alias)
    sql, parameters = compiler.as_sql()
    if parameters != ("",):
        raise ImproperlyConfigured("The key id must be the only parameter of the lookup.")
    converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
    return Statement(
        sql=sql,
        raw_sql=sql % PLACEHOLDERS.get(connections[alias].vendor, "%s"),
        converters=tuple(
            (position, _one_argument(converter, expression, connections[alias]))
            for position, (chain, expression) in converters.items()
            for converter in chain
        ),
    )


def _one_argument(converter: Callable[..., Any], expression: Any, connection: BaseDatabaseWrapper) -> Converter:
    return lambda value: converter(value, expression, connection)


def _fetch_from_live_connection(connection: BaseDatabaseWrapper, statement: Statement, key_id: str) -> Any:
    was_idle = connection.connection is not None and not connection.in_atomic_block
    try:
        return _fetch(connection, statement, key_id)
    except TooLate:
        connection.close()  # the reply may still come, and the next request would take it for its own
        raise
    except (OperationalError, InterfaceError):
        if not was_idle or not getattr(connection.connection, "closed", False):
            raise
        # The server may have restarted since this connection was last used, so try once more on a new one.
        connection.close()
        return _fetch(connection, statement, key_id)


def _fetch(connection: BaseDatabaseWrapper, statement: Statement, key_id: str) -> Any:
    fetch = _fetcher(connection.Database.__name__)  # type: ignore[attr-defined]
    if fetch is None or connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, (key_id,))
            return cursor.fetchone()
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        return fetch(connection.connection, statement.raw_sql, key_id)


@cache
def _fetcher(driver: str) -> Callable[[Any, str, str], Any] | None:
    """Return what fetches by this driver, or None: a project may have psycopg2, which can't prepare statements."""
    if driver == "psycopg":
        from oncekeys.lookup import prepared_statement  # an extra, so there may be no such driver

        return prepared_statement.fetch
    return _fetch_from_sqlite if driver == "sqlite3" else None


def _fetch_from_sqlite(raw: Any, sql: str, key_id: str) -> Any:
    return raw.execute(sql, (key_id,)).fetchone()


PLACEHOLDERS = {"sqlite": "?"}


def _build(alias: str, statement: Statement, row: Sequence[Any]) -> Found:
    values = list(row)
    for position, convert in statement.converters:
        values[position] = convert(values[position])
    columns = iter(values)
    api_key, account, *user = (_instance(part, alias, columns) for part in _parts())
    compat.set_related(api_key, "account", account)
    if user:
        compat.set_related(account, "service_user", user[0] if account.service_user_id else None)
    return Found(api_key, next(columns))


def _instance(part: Part, alias: str, columns: Iterator[Any]) -> Any:
    """Build an instance from the next columns."""
    return compat.saved_instance(part.model, alias, zip(part.fields, columns, strict=False))
