"""The one query of the hot path: stated by the ORM, compiled once, executed as a prepared statement.

The ORM would compile it anew for every request, which costs more than the database needs to answer it. Reading past
the ORM loses three things, which come back here: the translation of errors, the query log when somebody looks at it,
and the health check of a connection that was idle. What PostgreSQL's driver does around a statement is left out as
well where it can be: see `accounts.models.prepared_statement`.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.functions import Now

from accounts import compat
from accounts.models import prepared_statement
from accounts.models.account import Account
from accounts.models.api_key import ApiKey
from accounts.models.user import User

Converter = Callable[[Any], Any]


class Part(NamedTuple):
    """What is read of one model: how the query reaches it, and its fields.

    One left out would be a query of its own when someone asks for it, and an exception in async code.
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
        "key_id",
        "secret_hash",
        "gate",
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
    ("id", "name", "slug", "service_user_id", "created_at", "disabled_at", "requires_two_step"),
)
USER = Part(
    User,
    "account__service_user__",
    ("id", "is_superuser", "name", "kind", "is_active", "is_staff", "date_joined"),
)
# What an API user never has: to read it with every request would cost more than it tells.
NEVER_SET = {
    "email": None,
    "password": UNUSABLE_PASSWORD_PREFIX,
    "last_login": None,
    "language": "",
    "time_zone": "",
    "wants_key_mail": True,
    "email_failure": "",
    "email_failed_at": None,
    "email_is_proved": True,
}


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
    columns = [column for part in (KEY, ACCOUNT, USER) for column in part.columns]
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
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        return fetch(connection.connection, statement, key_id)


def _fetch_from_postgresql(raw: Any, statement: Statement, key_id: str) -> Any:
    if prepared_statement.is_possible(raw):
        return prepared_statement.fetch(raw, statement.raw_sql, key_id)
    return prepared_statement.fetch_by_cursor(raw, statement.sql, key_id)


def _fetch_from_sqlite(raw: Any, statement: Statement, key_id: str) -> Any:
    return raw.execute(statement.raw_sql, (key_id,)).fetchone()


PLACEHOLDERS = {"postgresql": "$1", "sqlite": "?"}
FETCHERS: dict[str, Callable[[Any, Statement, str], Any]] = {
    "postgresql": _fetch_from_postgresql,
    "sqlite": _fetch_from_sqlite,
}


def _build(alias: str, statement: Statement, row: Sequence[Any]) -> Found:
    values = list(row)
    for position, convert in statement.converters:
        values[position] = convert(values[position])
    columns = iter(values)
    api_key = _instance(KEY, alias, columns)
    account = _instance(ACCOUNT, alias, columns)
    compat.set_related(api_key, "account", account)
    user = _instance(USER, alias, columns)
    user.__dict__.update(NEVER_SET)
    compat.set_related(account, "service_user", user)
    return Found(api_key, next(columns))


def _instance(part: Part, alias: str, columns: Iterator[Any]) -> Any:
    """From the next columns."""
    return compat.saved_instance(part.model, alias, zip(part.fields, columns, strict=False))
