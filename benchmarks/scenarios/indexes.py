"""How many bytes of index a key takes, in the database with a million of each kind.

Which indexes a request needs is what PostgreSQL counted while the doors were measured, so this comes after that.
"""

import psycopg

from benchmarks.figures import Figure
from benchmarks.workplace import Workplace

TITLE = "Indexes, bytes per key"

TABLES = {
    "oncekeys": ("accounts_apikey", "accounts_account"),
    "django-rest-knox": ("knox_authtoken",),
    "djangorestframework-api-key": ("rest_framework_api_key_apikey",),
    "DRF TokenAuthentication": ("authtoken_token",),
}

SIZES = """
SELECT coalesce(sum(pg_relation_size(indexrelid)) FILTER (WHERE idx_scan > 0), 0), sum(pg_relation_size(indexrelid))
FROM pg_stat_user_indexes WHERE relname = ANY(%s)
"""


def run(workplace: Workplace) -> list[Figure]:
    with psycopg.connect(workplace.million.url) as connection:
        return [
            figure
            for product, tables in TABLES.items()
            for figure in _figures(connection, product, tables, workplace.million.keys)
        ]


def _figures(
    connection: "psycopg.Connection[tuple[int, int]]", product: str, tables: tuple[str, ...], keys: int
) -> list[Figure]:
    row = connection.execute(SIZES, [list(tables)]).fetchone()
    needed, together = row or (0, 0)
    limit = 150 if product == "oncekeys" else None
    return [
        Figure(f"{product}: what a request needs", int(needed) / keys, "bytes", at_most=limit),
        Figure(f"{product}: all of its table", int(together) / keys, "bytes"),
    ]
