"""Many rows as one parameter of a statement, for what the ORM can't say: `calls = calls + excluded.calls`."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

# Rows of one table by column, all with the same ones.
Rows = Sequence[Mapping[str, Any]]


def execute(statement: str, model: type[Model], rows: Rows) -> None:
    """Execute a statement in which `{given}` is the rows, with the types of the model's columns, and `{table}` its own.

    It does nothing if there are no rows.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    table = connection.ops.quote_name(model._meta.db_table)
    sql = statement.format(table=table, given=_given(model, list(rows[0]), connection))
    as_stored = connection.ops.adapt_datetimefield_value
    as_text = cache(lambda moment: str(as_stored(moment)))  # many rows have the same
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(rows, default=as_text)])


def _given(model: type[Model], columns: Sequence[str], connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "sqlite":
        values = ", ".join(f"json_extract(value, '$.{column}') AS {column}" for column in columns)
        return f"(SELECT {values} FROM json_each(%s)) AS given"  # noqa: S608 - names of columns
    types = ", ".join(f"{column} {model._meta.get_field(column).db_type(connection)}" for column in columns)
    return f"json_to_recordset(%s) AS given({types})"
