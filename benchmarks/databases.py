"""Databases full of keys, and the credentials that are good for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks import environment
from dev.postgresql import PostgresServer

# 500 for the cold start, and twice 32 to be met at once.
FRESH = 564

# Room for the million, and nothing that keeps the disk busy beside a measurement.
SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "600",
}


@dataclass(frozen=True)
class Database:
    """`credentials` is a header by product; `forged` headers with wrong secrets for ids that exist, likewise.

    `fresh` are keys that are only used once, so that they are new to every process.
    """

    url: str
    keys: int
    credentials: Mapping[str, str]
    forged: Mapping[str, Sequence[str]]
    fresh: Sequence[str]


def postgresql(server: PostgresServer, name: str, keys: int, *, fresh: int = 0) -> Database:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return _seeded(urlunsplit(urlsplit(server.url)._replace(path=f"/{name}")), keys, fresh)


def sqlite(directory: Path, keys: int) -> Database:
    return _seeded(f"sqlite:///{directory / 'benchmarks.sqlite3'}", keys, 0)


def _seeded(url: str, keys: int, fresh: int) -> Database:
    made = environment.run("benchmarks.site.seed", str(keys), str(fresh), database_url=url)
    return Database(url=url, keys=keys, **made)
