"""Fills a table by copying one row of it, in one statement, a million times if need be."""

from typing import Any, TypeVar

from django.db import connection
from django.db.models import AutoField, Field, Model

M = TypeVar("M", bound=Model)


def multiply(row: M, count: int, **expressions: str) -> int:
    """Add `count` copies and return the smallest id they got, where the database hands out ids.

    `expressions` are SQL for the columns that differ, in which `n` runs from 0. Columns that exist only tomorrow are
    copied like the rest.
    """
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, AutoField)]
    names = [str(field.column) for field in fields]
    columns = ", ".join(names)
    values = ", ".join(expressions.get(name, f"original.{name}") for name in names).replace("%", "%%")
    table, key = row._meta.db_table, row._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # copies of a sound row need no second look
        cursor.execute(
            f"INSERT INTO {table} ({columns}) "
            f"WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < %s) "
            f"SELECT {values} FROM {table} AS original, numbers WHERE original.{key} = %s",
            [count, row.pk],
        )
    return _first_after(row, row._meta.pk)


def scattered(length: int) -> str:
    """SQL: hexadecimal digits that look random, as keys do, yet are the same for the same `n`; at most 128."""
    digits = " || ".join(f"md5(CAST({seed} + n AS text))" for seed in range(0, 40_000_000, 10_000_000))
    return f"substr({digits}, 1, {length})"


def analyse() -> None:
    """Let the planner know what is there."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _first_after(row: M, key: "Field[Any, Any]") -> int:
    if not isinstance(key, AutoField):
        return 0
    first = type(row)._base_manager.filter(pk__gt=row.pk).order_by("pk").values_list("pk", flat=True).first()
    return int(first or 0)
