"""Databases full of keys, and the credentials that are good for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks import environment
from dev.postgresql import PostgresServer

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

    `fresh` are headers with keys that no process has seen yet.
    """

    url: str
    keys: int
    credentials: Mapping[str, str]
    forged: Mapping[str, Sequence[str]]
    fresh: Sequence[str]

    @property
    def headers(self) -> list[str]:
        """Return the headers with one of our keys."""
        return [self.credentials["oncekeys"]]

    def connections(self) -> int:
        """Return the number of connections, without the one that asks."""
        with psycopg.connect(self.url) as connection:
            counted = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        return counted[0] if counted else 0


def made(
    server: PostgresServer, name: str, keys: int, *, fresh: int = 0, settings: str = environment.PROJECT
) -> Database:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    url = urlunsplit(urlsplit(server.url)._replace(path=f"/{name}"))
    seeded = environment.run("benchmarks.site.seed", keys, fresh, database_url=url, settings=settings)
    return Database(url=url, keys=keys, **seeded)
