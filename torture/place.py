"""The place where scenarios happen: databases that may be broken, and servers over them as a deployment runs them."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from dev.postgresql import PostgresServer
from dev.servers import ROOT, Server, running_server
from oncekeys.keys import hashing
from oncekeys.keys.token import Token

SETTINGS = {
    "SECRET_KEY": "only-for-torture-and-never-for-a-deployment-0123456789-abcdefg",
    "PUBLIC_URL": "http://127.0.0.1",
    "DEBUG": "false",
    "ENV_FILE": os.devnull,
    # Everything comes from this machine, and must not be slowed down for what others do from here.
    "ONCEKEYS_FAILURES_PER_MINUTE": "1000000",
    "EMAIL_URL": "dummy:",
}
EMAIL, PASSWORD = "ada@acme.example", "correct horse battery staple"
LESSER_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'site') THEN CREATE ROLE site LOGIN; END IF;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO site;
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO site;
"""
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
PEERS_COMMAND = ("granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-access-log")
PEERS_APPLICATION = ("--log-level", "warning", "--port", "{port}", "torture.peers_site.wsgi:application")


@dataclass(frozen=True)
class Database:
    """One that is migrated, with what `story` has put into it."""

    url: str
    session: str = ""
    slugs: tuple[str, ...] = ()
    keys: tuple[dict[str, str], ...] = ()

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query in both dialects."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30)) as connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def count(self, query: str) -> int:
        return int(self.rows(f"SELECT count(*) {query}")[0][0])


@dataclass
class Place:
    """`share` is how much of it is done: 1 is all, and a short cut does a small part of it."""

    postgresql: PostgresServer
    directory: Path
    share: float = 1.0
    static_files: str = ""

    def times(self, full: int, *, least: int = 1) -> int:
        return max(least, round(full * self.share))

    def seconds(self, full: float, *, least: float = 1.0) -> float:
        return max(least, full * self.share)

    @property
    def has_peers(self) -> bool:
        return self.share == 1.0

    def folder(self, name: str) -> Path:
        """A new one."""
        number = 0
        while True:
            folder = self.directory / f"{name}-{number}"
            with suppress(FileExistsError):
                folder.mkdir()
                return folder
            number += 1

    @contextmanager
    def elsewhere(self, **settings: str) -> Iterator["Place"]:
        """Yield another place, whose PostgreSQL is a server of its own, for what happens at the same time."""
        with PostgresServer(settings=settings) as server:
            yield replace(self, postgresql=server, static_files=self.static)

    def database(self, name: str, *, sqlite: bool = False, **story: Any) -> Database:
        """Return a new one, in which `story` took place."""
        url = self._sqlite(name) if sqlite else self._copy(name)
        return Database(url, **told(url, **story))

    def _copy(self, name: str) -> str:
        """A migrated one takes seconds to make, and a copy of it none."""
        if not self._exists("template_site"):
            url = self._create("template_site")
            manage(url, "migrate", "--verbosity=0")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(LESSER_ROLE)
        return self._create(name, template="template_site")

    def _sqlite(self, name: str) -> str:
        template = self.directory / "template.sqlite3"
        if not template.exists():
            manage(f"sqlite:///{template}", "migrate", "--verbosity=0")
        copy = self.folder(name) / "oncekeys.sqlite3"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}"

    def _exists(self, name: str) -> bool:
        with psycopg.connect(self.postgresql.url) as connection:
            return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())

    def _create(self, name: str, *, template: str = "template1") -> str:
        with psycopg.connect(self.postgresql.url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return urlunsplit(urlsplit(self.postgresql.url)._replace(path=f"/{name}"))

    def as_site(self, database: Database) -> Database:
        """For a role that owns nothing, as a deployment has it."""
        return replace(database, url=database.url.replace("//oncekeys@", "//site@"))

    def admin(self) -> psycopg.Connection:
        """A connection of the superuser, beside the site's."""
        return psycopg.connect(self.postgresql.url, autocommit=True)

    def admin_of(self, database: Database) -> psycopg.Connection:
        return psycopg.connect(database.url, autocommit=True)

    def unseal(self, database: Database, keys: Sequence[dict[str, str]]) -> None:
        """Leave them nothing but the slow hash, which `story` spared, as after the loss of the secret key."""
        with ThreadPoolExecutor(os.cpu_count()) as threads, self.admin_of(database) as admin:
            hashes = threads.map(lambda key: hashing.make(Token(key["key"]), hashing.MINIMUM_COST), keys)
            for key, secret_hash in zip(keys, hashes, strict=True):
                query = "UPDATE oncekeys_apikey SET seal = NULL, secret_hash = %s WHERE key_id = %s"
                admin.execute(query, [secret_hash, key["id"]])

    @contextmanager
    def breaking(self, database: Database) -> Iterator[Callable[[str], object]]:
        """Executes statements as the owner of a database of either kind."""
        if database.is_sqlite:
            name = database.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(name, timeout=30, isolation_level=None)) as file:
                yield file.execute
        else:
            with self.admin_of(database) as admin:
                yield lambda statement: admin.execute(statement.encode())

    @contextmanager
    def site(
        self, database: Database, *, workers: int = 1, command: Sequence[str] = (), **environment: str
    ) -> Iterator[Server]:
        """Run it as `docs/operators.md` does, but for the name of the host."""
        usual = ("config.serve", "--port", "{port}", "--workers", str(workers), "--workers-kill-timeout", "3")
        settings = {**SETTINGS, "STATIC_ROOT": self.static, "DATABASE_URL": database.url, **environment}
        with running_server(self.folder("site") / "log", command or usual, **settings) as server:
            yield server

    @property
    def static(self) -> str:
        """Return the folder that pages need to name their scripts."""
        if not self.static_files:
            folder = str(self.folder("static"))
            manage("sqlite:///unused", "collectstatic", "--no-input", "--verbosity=0", STATIC_ROOT=folder)
            self.static_files = folder
        return self.static_files

    def peers_database(self) -> tuple[str, dict[str, str]]:
        """Its address, and a header with a credential for each of the peers."""
        url = self._create("peers")
        made = subprocess.run(
            [PEERS_PYTHON, "-m", "torture.peers_site.story"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(LESSER_ROLE)
        return url, json.loads(made)

    @contextmanager
    def peers_server(self, url: str) -> Iterator[Server]:
        log = self.folder("peers") / "log"
        command = (*PEERS_COMMAND, *PEERS_APPLICATION)
        with running_server(log, command, python=str(PEERS_PYTHON), ready="/ready", DATABASE_URL=url) as server:
            yield server


def manage(url: str, *arguments: str, **environment: str) -> str:
    return _printed("manage.py", *arguments, DATABASE_URL=url, **environment)


def told(url: str, **story: Any) -> dict[str, Any]:
    """Return what `torture.story` prints."""
    printed = json.loads(_printed("-m", "torture.story", json.dumps(story), DATABASE_URL=url))
    return {"session": printed["session"], "slugs": tuple(printed["slugs"]), "keys": tuple(printed["keys"])}


def _printed(*arguments: str, **environment: str) -> str:
    everything = {**os.environ, **SETTINGS, **environment}
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=everything, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout
