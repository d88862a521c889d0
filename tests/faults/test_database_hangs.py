"""A database that hangs, or a table that is locked, keeps no one waiting: 503 within three seconds."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from dev.pgbouncer import pgbouncer
from dev.servers import ROOT, running_server

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("faults")]

OPERATORS = (ROOT / "docs" / "operators.md").read_text()
OLD_POOLER = {"DATABASE_PREPARED_STATEMENTS": "false"}
CLIENTS = 12  # three times as many as there are threads
IN_TIME = 3.0
# A session that may exist, so that the database is asked.
PERSON = {"Cookie": f"sessionid={'a' * 32}"}


@pytest.fixture
def key(key) -> dict[str, str]:
    return {"API-Key": key}


@pytest.fixture(scope="module", params=["directly", pytest.param("by PgBouncer", marks=pytest.mark.full)])
def site(request, database, static_files, tmp_path_factory):
    log = tmp_path_factory.mktemp("hangs") / "log"
    if request.param == "directly":
        with running_server(log, DATABASE_URL=database.url) as server:
            yield server
    else:
        with (
            pgbouncer(database.url, pool_size=9, options=pooler_limits()) as url,
            running_server(log, DATABASE_URL=url, **OLD_POOLER) as server,
        ):
            yield server


def pooler_limits() -> str:
    """Return the settings of PgBouncer from the document."""
    (limits,) = re.findall(r"^oncekeys = .*(connect_query='.*')$", OPERATORS, re.MULTILINE)
    return limits


def ask(site, requests):
    """The statuses of all of these at once, and the seconds that the slowest took."""
    with ThreadPoolExecutor(len(requests)) as clients:
        answers = list(clients.map(lambda request: timed(site, *request), requests))
    return [status for status, _ in answers], max(seconds for _, seconds in answers)


def timed(site, path, headers):
    with site.client() as client:
        started = time.monotonic()
        status = client.get(path, headers=headers).status_code
        return status, time.monotonic() - started


@contextmanager
def locked(database, table):
    with psycopg.connect(database.url) as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def test_nothing_waits_for_a_database_that_hangs(site, key, database):
    calls = [("/api/v1/test", key), ("/api/v1/verify", key), ("/", PERSON), ("/healthz", {})]
    assert ask(site, calls)[0] == [200, 204, 302, 200]

    with database.hung():
        for _ in range(3):
            statuses, slowest = ask(site, [*calls * CLIENTS, ("/readyz", {})])

            assert statuses == [*[503, 503, 503, 200] * CLIENTS, 503]
            assert slowest < IN_TIME

    deadline = time.monotonic() + IN_TIME
    while ask(site, calls)[0] != [200, 204, 302, 200]:
        assert time.monotonic() < deadline


def test_a_locked_table_keeps_no_key_waiting(site, key, database):
    with locked(database, "oncekeys_apikey"):
        statuses, slowest = ask(site, [("/api/v1/test", key)] * CLIENTS)

    assert statuses == [503] * CLIENTS
    assert slowest < IN_TIME
    assert ask(site, [("/api/v1/test", key)])[0] == [200]


def test_pages_that_wait_for_the_database_never_stop_keys(site, key, database):
    with locked(database, "django_session"), ThreadPoolExecutor(1) as browsers:
        pages = browsers.submit(ask, site, [("/", PERSON)] * CLIENTS)

        while not pages.done():
            statuses, _ = ask(site, [("/api/v1/test", key), ("/api/v1/verify", key), ("/healthz", {})])
            assert statuses == [200, 204, 200]

    statuses, slowest = pages.result()
    assert statuses == [503] * CLIENTS
    assert slowest < IN_TIME
