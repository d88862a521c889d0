"""The database's primary is lost, and its standby takes over: the set-up of docs/operators.md, section “Failover”."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import psycopg
import pytest

from dev.postgresql import PostgresServer, Standby
from dev.servers import ROOT, Server, running_server, site_environment
from tests.soon import soon

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("failover")]

DOCUMENT = (ROOT / "docs" / "operators.md").read_text()
COMMANDS = dict(re.findall(r"```(?:sql|sh) name=([\w-]+)\n(.*?)```", DOCUMENT, re.DOTALL))
KEYS = 12
MAKE_KEYS = f"""
from oncekeys.models import Account
from oncekeys.services import api_keys
from oncekeys.services.by import By
account = Account.objects.create(name="Acme", slug="acme")
for number in range({KEYS}):
    print(api_keys.create(account=account, by=By.system(), name=f"Key {{number}}").token.reveal())
"""
WARNING = "oncekeys.W005"


def manage(url: str, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    environment = {**site_environment(), "DATABASE_URL": url}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def origin(django_db_setup, django_db_blocker) -> Iterator[PostgresServer]:
    """Yield a database with tables and keys. Each test breaks copies of it."""
    with django_db_blocker.unblock(), PostgresServer() as server:
        manage(server.url, "migrate", "--verbosity=0")
        yield server


class Pair(NamedTuple):
    primary: PostgresServer
    standby: Standby
    keys: list[str]

    @property
    def url(self) -> str:
        """Whichever of the two takes writes."""
        hosts = [parse_qs(urlsplit(server.url).query)["host"][0] for server in self[:2]]
        return f"postgresql://oncekeys@/postgres?host={quote(','.join(hosts))}&target_session_attrs=read-write"


@contextmanager
def pair(origin: PostgresServer, *, synchronous: bool) -> Iterator[Pair]:
    with Standby(origin) as primary:
        primary.promote()
        printed = manage(primary.url, "shell", "--no-imports", "--command", MAKE_KEYS).split()
        keys = [word for word in printed if word.startswith("ok_live_")]  # beside lines of the log
        with Standby(primary) as standby:
            with psycopg.connect(primary.url, autocommit=True) as connection:
                for statement in COMMANDS["synchronous"].strip().split(";")[: 3 if synchronous else 0]:
                    connection.execute(statement)
                if synchronous:
                    soon(lambda: {row[2] for row in connection.execute(COMMANDS["standbys"])} & {"sync", "quorum"})
            yield Pair(primary, standby, keys)


def delete(site: Server, key: str) -> int:
    """The status of the answer, or 0 for none."""
    try:
        return site.http.delete("/api/v1/key", headers={"API-Key": key}).status_code
    except httpx.TransportError:
        return 0


def test_a_confirmed_deletion_survives_the_loss_of_the_primary_under_load(origin, static_files, tmp_path):
    with (
        pair(origin, synchronous=True) as servers,
        running_server(tmp_path / "log", DATABASE_URL=servers.url) as site,
        ThreadPoolExecutor(5) as threads,
    ):
        stays, *leave = servers.keys
        stopping, confirmed = Event(), []

        def use() -> set[int]:
            seen = set()
            with site.client() as http:
                while not stopping.is_set():
                    seen.add(http.get("/api/v1/test", headers={"API-Key": stays}).status_code)
            return seen

        def delete_all() -> None:
            for key in leave:
                if delete(site, key) == 204:
                    confirmed.append(key)

        load = [threads.submit(use) for _ in range(4)]
        deleting = threads.submit(delete_all)
        try:
            soon(lambda: len(confirmed) >= len(leave) // 2)
            servers.primary.kill()
            servers.standby.promote()
            promoted_at = time.monotonic()
            soon(lambda: site.test(stays).status_code == 200)
            seconds = time.monotonic() - promoted_at
        finally:
            stopping.set()
        seen = set().union(*(each.result() for each in load))
        deleting.result()
        answers = [site.test(key).status_code for key in confirmed]

    assert len(confirmed) >= len(leave) // 2
    assert answers == [401] * len(confirmed)
    assert seen <= {200, 503}
    assert seconds < 10


@pytest.mark.full
def test_what_no_standby_has_is_not_confirmed(origin, static_files, tmp_path):
    with (
        pair(origin, synchronous=True) as servers,
        running_server(tmp_path / "log", DATABASE_URL=servers.url) as site,
    ):
        servers.standby.stop_following()

        answer = delete(site, servers.keys[0])

        assert answer == 503
        assert soon(lambda: site.test(servers.keys[1]).status_code == 200)


@pytest.mark.full
def test_after_any_other_promotion_deletions_are_repeated(origin, static_files, tmp_path):
    (tmp_path / "deletions").mkdir()
    with pair(origin, synchronous=False) as servers:
        leaked, stays, *_ = servers.keys
        with running_server(tmp_path / "log", DATABASE_URL=servers.url) as site:
            servers.standby.stop_following()
            assert delete(site, leaked) == 204
            keep_list(servers.primary.url, tmp_path)
            servers.primary.kill()
            servers.standby.promote()

            came_back = soon(lambda: site.test(leaked).status_code == 200)
            run_as_documented("repeat-deletions", servers.standby.url, tmp_path)
            answers = [site.test(key).status_code for key in (leaked, stays)]
            keep_list(servers.standby.url, tmp_path)

    assert came_back
    assert answers == [401, 200]


@pytest.mark.full
def test_the_kept_list_forgets_nothing(origin, tmp_path):
    """Not even what the database that was promoted does not know."""
    (tmp_path / "deletions").mkdir()
    (tmp_path / "deletions" / "list").write_text("ok_live_000000000000\n")

    keep_list(origin.url, tmp_path)

    assert "ok_live_000000000000\n" in (tmp_path / "deletions" / "list").read_text()


def keep_list(url: str, folder: Path) -> None:
    """Do what the timer does."""
    unit = (ROOT / "docs" / "systemd" / "oncekeys-deletions.service").read_text()
    (command,) = re.findall(r"^ExecStart=/bin/sh -euc '(.*)'$", unit, re.MULTILINE)
    assert "WorkingDirectory=/backup/deletions\n" in unit
    run(command, url, folder / "deletions")


def run_as_documented(name: str, url: str, folder: Path) -> None:
    run(COMMANDS[name], url, folder)


def run(command: str, url: str, folder: Path) -> None:
    for documented in ("/srv/oncekeys/.venv/bin/python /srv/oncekeys/manage.py", "python manage.py"):
        command = command.replace(documented, f"{sys.executable} {ROOT}/manage.py")
    command = command.replace("/backup/deletions", f"{folder}/deletions")
    environment = {**site_environment(), "DATABASE_URL": url}
    subprocess.run(["/bin/sh", "-euc", command], cwd=folder, env=environment, check=True)


@pytest.mark.full
@pytest.mark.parametrize("synchronous", [True, False])
def test_a_check_warns_where_no_commit_waits_for_a_standby(origin, synchronous):
    with pair(origin, synchronous=synchronous) as servers:
        said = manage(servers.primary.url, "check", "--deploy", "--database", "default")

    assert (WARNING in said) is not synchronous


@pytest.mark.full
def test_the_check_is_silent_without_a_standby(origin):
    assert WARNING not in manage(origin.url, "check", "--deploy", "--database", "default")
