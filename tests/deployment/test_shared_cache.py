"""Failures are counted across processes in a real Redis, and its absence changes no answer."""

import socket

import pytest

from dev.redis_server import running_redis
from dev.servers import running_server
from oncekeys.keys.token import Token

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 3


def codes(servers, count):
    """What so many wrong keys in a row are answered, sent to the servers by turns."""
    wrong = [Token.mint("live").reveal() for _ in range(count)]
    return [servers[n % len(servers)].test(key).json()["code"] for n, key in enumerate(wrong)]


def test_two_processes_count_together_and_go_on_alone(static_files, tmp_path):
    settings = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT)}
    with running_redis(tmp_path) as redis:
        shared = {**settings, "CACHE_URL": redis}
        with running_server(tmp_path / "one", **shared) as one, running_server(tmp_path / "two", **shared) as two:
            assert codes([one, two], LIMIT + 2) == ["invalid_key"] * LIMIT + ["too_many_failures"] * 2

    with running_server(tmp_path / "three", **shared) as three:
        assert codes([three], LIMIT + 2) == ["invalid_key"] * (LIMIT + 2)


def test_one_that_is_silent_is_left_alone_for_a_while(static_files, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with running_server(tmp_path / "log", CACHE_URL=cache) as server:
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
