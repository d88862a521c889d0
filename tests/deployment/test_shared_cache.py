"""Failures and attempts are counted across processes, in the database or in a real Redis, and what if that is away."""

import socket
from contextlib import contextmanager
from functools import partial

import pytest

from accounts.models import Limit
from dev.ports import free_port
from dev.redis_server import running_redis
from dev.second_step import code, switch_on
from dev.servers import running_server
from oncekeys.keys.token import Token
from tests.at_once import at_once
from tests.pages import PASSWORD

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


@pytest.fixture
def ada(ada):
    return with_password(ada)


def with_password(person):
    person.set_password(PASSWORD)
    person.save()
    return person


def codes(servers, count):
    """Return the answers to that many wrong keys in a row, sent to the servers by turns."""
    wrong = [Token.mint("live").reveal() for _ in range(count)]
    return [servers[n % len(servers)].test(key).json()["code"] for n, key in enumerate(wrong)]


def test_two_processes_count_failures_together(machines):
    assert codes(machines, LIMIT + 2) == ["invalid_key"] * LIMIT + ["too_many_failures"] * 2


def test_without_redis_failures_are_not_counted(machine_alone):
    assert codes([machine_alone], LIMIT + 2) == ["invalid_key"] * (LIMIT + 2)


@pytest.mark.full  # as one that is away, but for how often it is asked
def test_one_that_is_silent_is_left_alone_for_a_while(static_files, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        limit = {"ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT)}
        with running_server(tmp_path / "log", CACHE_URL=cache, **limit) as server:
            assert codes([server], 6) == ["invalid_key"] * 6

            assert 1 <= server.log.read_text().count("Failed authentications are not counted") < 6


def test_two_processes_count_attempts_to_sign_in_together(machines, ada):
    one, two = machines
    for number in range(5):
        sign_in([one, two][number % 2], f"guess {number}")

    assert "Too many failed login attempts" in sign_in(one, PASSWORD).text
    assert "Too many failed login attempts" in sign_in(two, PASSWORD).text


def test_two_processes_accept_a_code_once(machines, grace):
    secret = switch_on(with_password(grace))
    one, two = machines
    with one.client() as first, two.client() as second:
        forms = [(browser, second_step_of(browser, grace)) for browser in (first, second)]
        shown = code(secret)
        answers = at_once(
            [
                partial(browser.post, "/two-step/authenticate/", data={"code": shown, "csrfmiddlewaretoken": token})
                for browser, token in forms
            ]
        )

    assert sorted(answer.status_code for answer in answers) == [200, 302]


def test_without_redis_signing_in_answers_503(machine_alone, ada):
    answer = sign_in(machine_alone, PASSWORD)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def sign_in(server, password):
    """The answer to that, from a browser that was not there before."""
    with server.client() as browser:
        return browser.post("/login/", data=form(browser, "ada@acme.example", password))


def second_step_of(browser, person):
    """The token of the form that asks for it."""
    browser.post("/login/", data=form(browser, person.email, PASSWORD))
    return token_in(browser.get("/two-step/authenticate/"))


def form(browser, email, password):
    return {"login": email, "password": password, "csrfmiddlewaretoken": token_in(browser.get("/login/"))}


def token_in(page):
    return page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
