"""Attempts to sign in are counted across machines, in a real Redis; without it nobody signs in, and is told so."""

import pytest

from dev.redis_server import running_redis
from dev.servers import running_server
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(server, password):
    """The answer to that, from a browser that was not there before."""
    with server.client() as browser:
        token = browser.get("/login/").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"login": "ada@acme.example", "password": password, "csrfmiddlewaretoken": token}
        return browser.post("/login/", data=form)


def test_two_processes_count_together(static_files, tmp_path, ada):
    with (
        running_redis(tmp_path) as redis,
        running_server(tmp_path / "one", CACHE_URL=redis) as one,
        running_server(tmp_path / "two", CACHE_URL=redis) as two,
    ):
        for number in range(5):
            sign_in([one, two][number % 2], f"guess {number}")

        assert "Too many failed login attempts" in sign_in(one, PASSWORD).text
        assert "Too many failed login attempts" in sign_in(two, PASSWORD).text


def test_while_it_is_away_signing_in_answers_503(static_files, tmp_path, ada):
    with running_server(tmp_path / "log", CACHE_URL="redis://127.0.0.1:1/0") as server:
        answer = sign_in(server, PASSWORD)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
