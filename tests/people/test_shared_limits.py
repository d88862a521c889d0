"""Attempts to sign in are counted across processes, in the database or a real Redis; while that is away, 503."""

from functools import partial

import pytest

from dev.second_step import code, switch_on
from dev.servers import running_server
from tests.at_once import at_once
from tests.deployment.test_shared_cache import SHARED
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(server, password):
    """The answer to that, from a browser that was not there before."""
    with server.client() as browser:
        token = token_in(browser.get("/login/"))
        form = {"login": "ada@acme.example", "password": password, "csrfmiddlewaretoken": token}
        return browser.post("/login/", data=form)


@pytest.mark.parametrize("running", SHARED.values(), ids=SHARED)
def test_two_processes_count_together(static_files, tmp_path, ada, running):
    with (
        running(tmp_path) as cache,
        running_server(tmp_path / "one", CACHE_URL=cache) as one,
        running_server(tmp_path / "two", CACHE_URL=cache) as two,
    ):
        for number in range(5):
            sign_in([one, two][number % 2], f"guess {number}")

        assert "Too many failed login attempts" in sign_in(one, PASSWORD).text
        assert "Too many failed login attempts" in sign_in(two, PASSWORD).text


def test_two_processes_accept_a_code_once(static_files, tmp_path, ada):
    secret = switch_on(ada)
    with (
        running_server(tmp_path / "one", CACHE_URL="database:") as one,
        running_server(tmp_path / "two", CACHE_URL="database:") as two,
        one.client() as first,
        two.client() as second,
    ):
        forms = [(browser, second_step_of(browser)) for browser in (first, second)]
        shown = code(secret)
        answers = at_once(
            [
                partial(browser.post, "/two-step/authenticate/", data={"code": shown, "csrfmiddlewaretoken": token})
                for browser, token in forms
            ]
        )

    assert sorted(answer.status_code for answer in answers) == [200, 302]


def second_step_of(browser):
    """The token of the form that asks for it."""
    form = {"login": "ada@acme.example", "password": PASSWORD, "csrfmiddlewaretoken": token_in(browser.get("/login/"))}
    browser.post("/login/", data=form)
    return token_in(browser.get("/two-step/authenticate/"))


def token_in(page):
    return page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def test_while_it_is_away_signing_in_answers_503(static_files, tmp_path, ada):
    with running_server(tmp_path / "log", CACHE_URL="redis://127.0.0.1:1/0") as server:
        answer = sign_in(server, PASSWORD)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
