"""Stores to back up from and restore to: the differences between databases."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection

from dev.programs import find_program
from dev.servers import database_url


class PostgreSQL:
    """With the programs beside the server that runs, since those on the path may be of another version."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.url = _beside("oncekeys_restored")
        self._programs = _directory_of_programs()
        self._role = "oncekeys"

    @property
    def places(self) -> dict[str, str]:
        return {
            "/usr/lib/postgresql/18/bin": self._programs,
            "postgresql://oncekeys@db.internal/oncekeys_restored": _beside("oncekeys_restored", role=self._role),
            "postgresql://oncekeys@db.internal/postgres": _beside("postgres", role=self._role),
            "postgresql://oncekeys@db.internal/oncekeys": database_url(),
        }

    def contents(self, backup: Path) -> str:
        return _said(f"{self._programs}/pg_restore", "--file=-", backup)

    def execute(self, statement: str) -> str:
        """Run SQL in the restored database. Returns the rows or the refusal."""
        return _said(f"{self._programs}/psql", self.url, "--tuples-only", "--command", statement)

    @contextmanager
    def as_ordinary_role(self) -> Iterator[None]:
        """Restored by one that may make databases and nothing else."""
        with psycopg.connect(_beside("postgres"), autocommit=True) as server:
            server.execute("CREATE ROLE ordinary LOGIN CREATEDB")
            self._role = "ordinary"
            try:
                yield
            finally:
                self.remove()
                server.execute("DROP ROLE ordinary")

    def remove(self) -> None:
        with psycopg.connect(_beside("postgres"), autocommit=True) as server:
            server.execute("DROP DATABASE IF EXISTS oncekeys_restored WITH (FORCE)")


class SQLite:
    """The folder of a killed site: beside its database is what wasn't yet written into it."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._program = find_program("sqlite3")
        self._restored = folder / "var" / "oncekeys.sqlite3"
        self._restored.parent.mkdir()
        _leave_as_killed(self._restored)
        self.url = f"sqlite:///{self._restored}"

    @property
    def places(self) -> dict[str, str]:
        return {'var/oncekeys.sqlite3 "VACUUM': f'{connection.settings_dict["NAME"]} "VACUUM'}

    def contents(self, backup: Path) -> str:
        return backup.read_bytes().decode("latin-1")

    def execute(self, statement: str) -> str:
        return _said(self._program, self._restored, statement)

    def remove(self) -> None:
        """It goes with its folder."""


STORES = {store.name: store for store in (PostgreSQL, SQLite)}


def _beside(name: str, *, role: str = "oncekeys") -> str:
    """The address of another database of the tests' server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(netloc=f"{role}@", path=f"/{name}"))


def _directory_of_programs() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        return cursor.fetchone()[0]


def _leave_as_killed(file: Path) -> None:
    used = file.with_name("used")
    with closing(sqlite3.connect(used)) as database:
        database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE of_before (id);")
        for suffix in ("", "-wal"):
            shutil.copy(f"{used}{suffix}", f"{file}{suffix}")


def _said(*command: str | Path) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode("latin-1")
