"""Failures are counted across processes, in the database or in a real Redis, whose absence changes no answer."""

import socket
from contextlib import contextmanager

import pytest

from accounts.models import Limit
from dev.ports import free_port
from dev.redis_server import running_redis
from dev.servers import running_server
from oncekeys.keys.token import Token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("shared cache")]

LIMIT = 3
COUNTING = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT)}


@contextmanager
def running_database(_):
    """Use the database that the servers have anyway."""
    Limit.objects.all().delete()
    yield "database:"


SHARED = {"redis": running_redis, "database": running_database}


@pytest.fixture(scope="module", params=[*SHARED.values()], ids=[*SHARED])
def machines(request, django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """Start two processes that count in one place."""
    folder = tmp_path_factory.mktemp("shared")
    with (
        django_db_blocker.unblock(),
        request.param(folder) as cache,
        running_server(folder / "one", **COUNTING, CACHE_URL=cache) as one,
        running_server(folder / "two", **COUNTING, CACHE_URL=cache) as two,
    ):
        yield one, two


@pytest.fixture(scope="module")
def machine_alone(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """A process whose Redis is away."""
    log = tmp_path_factory.mktemp("alone") / "log"
    with (
        django_db_blocker.unblock(),
        running_server(log, **COUNTING, CACHE_URL=f"redis://127.0.0.1:{free_port()}/0") as server,
    ):
        yield server


def codes(servers, count):
    """Return the answers to that many wrong keys in a row, sent to the servers by turns."""
    wrong = [Token.mint("live").reveal() for _ in range(count)]
    return [servers[n % len(servers)].test(key).json()["code"] for n, key in enumerate(wrong)]


def test_two_processes_count_failures_together(machines):
    assert codes(machines, LIMIT + 2) == ["invalid_key"] * LIMIT + ["too_many_failures"] * 2


def test_without_redis_failures_are_not_counted(machine_alone):
    assert codes([machine_alone], LIMIT + 2) == ["invalid_key"] * (LIMIT + 2)


def test_one_that_is_silent_is_left_alone_for_a_while(static_files, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        limit = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT)}
        with running_server(tmp_path / "log", CACHE_URL=cache, **limit) as server:
            assert codes([server], 6) == ["invalid_key"] * 6

            assert 1 <= server.log.read_text().count("Failed authentications are not counted") < 6


def test_signing_in_works_with_it(machines):
    with machines[0].client() as browser:
        page = browser.get("/login/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"login": "nobody@acme.example", "password": "wrong", "csrfmiddlewaretoken": token}

        answer = browser.post("/login/", data=form)

    assert answer.status_code == 200
    assert "password" in answer.text
