"""Failures are counted across processes, in the database or in a real Redis, whose absence changes no answer."""

import socket
import subprocess
from contextlib import contextmanager

import pytest

from accounts.models import Limit
from dev.ports import free_port
from dev.programs import find_program
from dev.servers import running_server
from oncekeys.keys.token import Token

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 3


@contextmanager
def running_redis(directory):
    port = free_port()
    command = [
        find_program("redis-server"),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        directory,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "Ready to accept connections" in line:
            break
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def codes(servers, count):
    """What so many wrong keys in a row are answered, sent to the servers by turns."""
    wrong = [Token.mint("live").reveal() for _ in range(count)]
    return [servers[n % len(servers)].test(key).json()["code"] for n, key in enumerate(wrong)]


@contextmanager
def running_database(_):
    """The one that the servers have anyway."""
    Limit.objects.all().delete()
    yield "database:"


SHARED = {"redis": running_redis, "database": running_database}


@pytest.mark.parametrize("running", SHARED.values(), ids=SHARED)
def test_two_processes_count_together(static_files, tmp_path, running):
    with running(tmp_path) as cache:
        shared = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT), "CACHE_URL": cache}
        with running_server(tmp_path / "one", **shared) as one, running_server(tmp_path / "two", **shared) as two:
            assert codes([one, two], LIMIT + 2) == ["invalid_key"] * LIMIT + ["too_many_failures"] * 2


def test_while_it_is_away_keys_are_answered_as_ever(static_files, tmp_path):
    away = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT), "CACHE_URL": "redis://127.0.0.1:1/0"}
    with running_server(tmp_path / "log", **away) as server:
        assert codes([server], LIMIT + 2) == ["invalid_key"] * (LIMIT + 2)


def test_one_that_is_silent_is_left_alone_for_a_while(static_files, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        limit = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT)}
        with running_server(tmp_path / "log", CACHE_URL=cache, **limit) as server:
            assert codes([server], 6) == ["invalid_key"] * 6

            assert 1 <= server.log.read_text().count("Failed authentications are not counted") < 6


def test_signing_in_works_with_it(static_files, tmp_path, client):
    with (
        running_redis(tmp_path) as redis,
        running_server(tmp_path / "log", CACHE_URL=redis) as server,
        server.client() as browser,
    ):
        page = browser.get("/login/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"login": "nobody@acme.example", "password": "wrong", "csrfmiddlewaretoken": token}

        answer = browser.post("/login/", data=form)

    assert answer.status_code == 200
    assert "password" in answer.text
