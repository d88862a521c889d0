"""The one query of the hot path: stated by the ORM, compiled once, executed as a prepared statement.

The ORM would compile it anew for every request, which costs more than the database needs to answer it. Reading past
the ORM loses three things, which come back here: the translation of errors, the query log when somebody looks at it,
and the health check of a connection that was idle.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.functions import Now

from accounts.models.account import Account
from accounts.models.api_key import ApiKey
from accounts.models.user import User

Converter = Callable[[Any], Any]
ModelType = TypeVar("ModelType", bound=Model)

# Whose rows are joined, and how the query reaches them.
PATHS: tuple[tuple[type[Model], str], ...] = (
    (ApiKey, ""),
    (Account, "account__"),
    (User, "account__service_user__"),
)


class Found(NamedTuple):
    """A key with its account and API user loaded, and the database's clock at that moment."""

    api_key: ApiKey
    now: datetime


class Statement(NamedTuple):
    """SQL with one placeholder, the key id, and what turns a column's raw value into the field's."""

    sql: str
    raw_sql: str
    converters: tuple[tuple[int, Converter], ...]


def find(key_id: str) -> Found | None:
    """The key, deleted or not, as the primary database has it now. Raises django.db.Error."""
    alias = router.db_for_write(ApiKey)
    connection = connections[alias]
    statement = _statement(alias)
    row = _fetch_from_live_connection(connection, statement, key_id)
    return row and _build(alias, statement, row)


@lru_cache
def _statement(alias: str) -> Statement:
    columns = [path + field.attname for model, path in PATHS for field in model._meta.concrete_fields]
    query = ApiKey.objects.using(alias).filter(key_id="").values_list(*columns, Now()).query
    compiler = query.get_compiler(alias)
    sql, parameters = compiler.as_sql()
    if parameters != ("",):
        raise ImproperlyConfigured("The key id must be the only parameter of the lookup.")
    converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
    return Statement(
        sql=sql,
        raw_sql=sql % "?" if connections[alias].vendor == "sqlite" else sql,
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
    except (OperationalError, InterfaceError):
        if not was_idle or not getattr(connection.connection, "closed", False):
            raise
        # The server may have gone and come back since this connection was last used: ask once more, on a new one.
        connection.close()
        return _fetch(connection, statement, key_id)


def _fetch(connection: BaseDatabaseWrapper, statement: Statement, key_id: str) -> Any:
    fetch = FETCHERS.get(connection.vendor)
    if fetch is None or connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, (key_id,))
            return cursor.fetchone()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return fetch(connection.connection, statement.raw_sql, (key_id,))


def _fetch_from_postgresql(raw: Any, sql: str, parameters: Sequence[str]) -> Any:
    # Not the connection's own cursor, which writes the values into the SQL and so could never prepare it.
    with psycopg.Cursor(raw) as cursor:
        return cursor.execute(sql, parameters, prepare=True).fetchone()


def _fetch_from_sqlite(raw: Any, sql: str, parameters: Sequence[str]) -> Any:
    return raw.execute(sql, parameters).fetchone()


FETCHERS: dict[str, Callable[[Any, str, Sequence[str]], Any]] = {
    "postgresql": _fetch_from_postgresql,
    "sqlite": _fetch_from_sqlite,
}


def _build(alias: str, statement: Statement, row: Sequence[Any]) -> Found:
    values = list(row)
    for position, convert in statement.converters:
        values[position] = convert(values[position])
    api_key = _instance(ApiKey, alias, values)
    api_key.account = _instance(Account, alias, values)
    api_key.account.service_user = _instance(User, alias, values)
    (now,) = values
    return Found(api_key, now)


def _instance(model: type[ModelType], alias: str, values: list[Any]) -> ModelType:
    """A saved instance from the first columns of `values`, which are taken off."""
    fields = model._meta.concrete_fields
    own, values[:] = values[: len(fields)], values[len(fields) :]
    return model.from_db(alias, [field.attname for field in fields], own)
