"""The database's primary is lost, and its standby takes over: the set-up of docs/operators.md, section “Failover”."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest

from dev.failover import COMMANDS, pair
from dev.postgresql import PostgresServer
from dev.servers import ROOT, Server, running_server, site_environment
from tests.soon import soon
from torture.faults.failover import lose_primary

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("failover"),
    pytest.mark.full,  # each test starts two databases and a server
]

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


class Origin(NamedTuple):
    server: PostgresServer
    keys: list[str]


@pytest.fixture(scope="module")
def origin(django_db_setup, django_db_blocker) -> Iterator[Origin]:
    """Yield a database with keys. Each test breaks copies of it."""
    with django_db_blocker.unblock(), PostgresServer() as server:
        manage(server.url, "migrate", "--verbosity=0")
        printed = manage(server.url, "shell", "--no-imports", "--command", MAKE_KEYS).split()
        yield Origin(server, [word for word in printed if word.startswith("ok_live_")])  # beside lines of the log


def delete(site: Server, key: str) -> int:
    """The status of the answer, or 0 for none."""
    try:
        return site.http.delete("/api/v1/key", headers={"API-Key": key}).status_code
    except httpx.TransportError:
        return 0


def test_a_confirmed_deletion_survives_the_loss_of_the_primary(origin, static_files, tmp_path):
    stays, *leave = origin.keys
    with (
        pair(origin.server, synchronous=True) as servers,
        running_server(tmp_path / "log", DATABASE_URL=servers.url_of(origin.server.url)) as site,
    ):
        loss = lose_primary(servers, site.url, stays=stays, leave=leave)

    assert len(loss.confirmed) >= len(leave) // 2
    assert set(loss.afterwards) == {"401"}
    assert set(loss.calls) <= {"200", "503"}
    assert loss.recovery < 10


def test_a_commit_that_no_longer_waits_is_not_confirmed(origin, static_files, tmp_path):
    """It says that it is done, as when its time is up, though no standby has it."""
    waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with (
        pair(origin.server, synchronous=True) as servers,
        running_server(
            tmp_path / "log", DATABASE_URL=servers.url_of(origin.server.url), DATABASE_TIMEOUT_SECONDS="20"
        ) as site,
        ThreadPoolExecutor(1) as aside,
        psycopg.connect(servers.primary.url, autocommit=True) as admin,
    ):
        servers.standby.stop_following()
        answer = aside.submit(delete, site, origin.keys[0])

        assert soon(lambda: admin.execute(waiting).fetchall())
        assert answer.result() == 503
        servers.primary.kill()  # else the server would wait for the standby until it is stopped


def test_what_no_standby_has_is_not_confirmed(origin, static_files, tmp_path):
    with (
        pair(origin.server, synchronous=True) as servers,
        running_server(tmp_path / "log", DATABASE_URL=servers.url_of(origin.server.url)) as site,
    ):
        servers.standby.stop_following()

        answer = delete(site, origin.keys[0])

        assert answer == 503
        assert soon(lambda: site.test(origin.keys[1]).status_code == 200)


def test_after_any_other_promotion_deletions_are_repeated(origin, static_files, tmp_path):
    (tmp_path / "deletions").mkdir()
    with pair(origin.server, synchronous=False) as servers:
        leaked, stays, *_ = origin.keys
        with running_server(tmp_path / "log", DATABASE_URL=servers.url_of(origin.server.url)) as site:
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


def test_the_kept_list_forgets_nothing(origin, tmp_path):
    """Not even what the database that was promoted does not know."""
    (tmp_path / "deletions").mkdir()
    (tmp_path / "deletions" / "list").write_text("ok_live_000000000000\n")

    keep_list(origin.server.url, tmp_path)

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


@pytest.mark.parametrize("synchronous", [True, False])
def test_a_check_warns_where_no_commit_waits_for_a_standby(origin, synchronous):
    with pair(origin.server, synchronous=synchronous) as servers:
        said = manage(servers.primary.url, "check", "--deploy", "--database", "default")

    assert (WARNING in said) is not synchronous


def test_the_check_is_silent_without_a_standby(origin):
    assert WARNING not in manage(origin.server.url, "check", "--deploy", "--database", "default")
