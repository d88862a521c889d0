"""Our app in the shop's project, under ASGI."""

import os
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

pytestmark = pytest.mark.xdist_group("shop")

CONSUMERS = 16
DOORS = {
    "async decorator": "/orders/async",
    "async Django Ninja": "/ninja/orders/async",
    "async authenticate": "/own/async",
    "middleware": "/guarded/orders",
    "decorator": "/orders",
    "Django REST framework": "/drf/orders",
    "Django Ninja": "/ninja/orders",
    "authenticate": "/own",
    "forward-auth": "/api/v1/verify",
}


@pytest.fixture(scope="module")
def site(shop):
    """Connections are kept, which under ASGI no thread of a request may do."""
    with shop.server("asgi", CONN_MAX_AGE="600") as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
def test_load_leaves_no_connection_behind(shop, site, keys, door):
    def call(_: int) -> bool:
        return site.get(DOORS[door], headers={"API-Key": keys.acme, "X-Our-Own": keys.acme}).is_success

    with ThreadPoolExecutor(CONSUMERS) as consumers:
        let_in = list(consumers.map(call, range(CONSUMERS * 2)))

    assert all(let_in)
    assert _connections(shop) <= 5, "one of each look-up thread, and that of the writer of usage"


def test_log_names_the_setting_once(shop, site, keys):
    for door in DOORS.values():
        site.get(door, headers={"API-Key": keys.acme, "X-Our-Own": keys.acme})

    log = shop.folder / f"{site.base_url.port}.log"
    assert log.read_text().count("Set CONN_MAX_AGE = 0") == 1


@pytest.mark.postgresql  # it counts them
@pytest.mark.parametrize(
    "door",
    ["async decorator", *(pytest.param(door, marks=pytest.mark.full) for door in ("async Django Ninja", "decorator"))],
)
def test_keys_are_looked_up_on_connections_that_are_kept(shop, keys, door):
    """Also where the project keeps none, as it should under ASGI."""
    with shop.server("asgi", CONN_MAX_AGE="0") as site:
        before = _sessions(shop)
        statuses = {site.get(DOORS[door], headers={"API-Key": keys.acme}).status_code for _ in range(50)}
        log = shop.folder / f"{site.base_url.port}.log"

    assert statuses == {200}
    assert _sessions(shop) - before <= 6
    assert "CONN_MAX_AGE" not in log.read_text()


def test_async_view_may_ask_who_called_without_a_query(site, keys):
    answer = site.get("/attributes", headers={"API-Key": keys.acme})

    assert answer.is_success
    assert answer.json()["pk"] is None


@pytest.mark.postgresql  # SQLite has no such lock
def test_none_waits_for_a_locked_table(shop, site, keys):
    doors = [door for door in DOORS if "authenticate" not in door]  # its error is the view's

    def call(door: str) -> tuple[str, int]:
        return door, site.get(DOORS[door], headers={"API-Key": keys.acme}).status_code

    with psycopg.connect(shop.database_url) as other, ThreadPoolExecutor(CONSUMERS) as consumers:
        other.execute("LOCK TABLE oncekeys_apikey IN ACCESS EXCLUSIVE MODE")
        answers = list(consumers.map(call, doors * (CONSUMERS // len(doors))))

    # They came while the lock was still held.
    assert [(door, status) for door, status in answers if status != 503] == []


def _sessions(shop) -> int:
    """Return how many connections were ever opened."""
    name = urlsplit(shop.database_url).path[1:]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        found = connection.execute("SELECT sessions FROM pg_stat_database WHERE datname = %s", [name]).fetchall()
    return found[0][0]


def _connections(shop) -> int:
    if "postgresql" not in shop.database_url:
        return 0
    name = urlsplit(shop.database_url).path[1:]
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return len(connection.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchall())
