"""A primary and the standby that can take over from it, set up as docs/operators.md says in its section “Failover”."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import psycopg

from dev.postgresql import PostgresServer, Standby
from dev.servers import ROOT

_DOCUMENT = (ROOT / "docs" / "operators.md").read_text()
COMMANDS = dict(re.findall(r"```(?:sql|sh) name=([\w-]+)\n(.*?)```", _DOCUMENT, re.DOTALL))
_PATIENCE_SECONDS = 30


class Pair(NamedTuple):
    primary: PostgresServer
    standby: Standby

    def url_of(self, database_url: str) -> str:
        """Return the address of this database on whichever of the two takes writes."""
        hosts = ",".join(parse_qs(urlsplit(server.url).query)["host"][0] for server in self)
        query = f"host={quote(hosts)}&target_session_attrs=read-write"
        return urlunsplit(urlsplit(database_url)._replace(query=query))


@contextmanager
def pair(origin: PostgresServer, *, synchronous: bool) -> Iterator[Pair]:
    """Yield two copies of a server, to be broken. With `synchronous`, each commit waits for the standby."""
    with Standby(origin) as primary:
        primary.promote()
        with Standby(primary) as standby:
            if synchronous:
                _make_synchronous(primary)
            yield Pair(primary, standby)


def _make_synchronous(primary: PostgresServer) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with psycopg.connect(primary.url, autocommit=True) as connection:
        for statement in COMMANDS["synchronous"].strip().removesuffix(";").split(";"):
            connection.execute(statement)
        while not _is_synchronous(connection):
            if time.monotonic() > deadline:
                raise TimeoutError("No commit waits for the standby.")
            time.sleep(0.02)


def _is_synchronous(connection: psycopg.Connection) -> bool:
    return any(state in {"sync", "quorum"} for *_, state in connection.execute(COMMANDS["standbys"]))
