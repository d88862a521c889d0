"""When the database is away, a valid key gets 503 and never 401; when it is back, it gets 200 at once."""

import time

import psycopg
import pytest

from dev.servers import running_server

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def site(database, static_files, tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("faults") / "log", DATABASE_URL=database.url) as server:
        yield server


@pytest.fixture
def outage(database):
    database.kill()
    yield
    database.start()


def test_a_valid_key_is_told_to_try_again(site, key, outage):
    answer = site.test(key)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_garbage_is_refused_as_ever(site, outage):
    assert site.test("garbage").status_code == 401


def test_a_person_reads_that_it_is_not_their_fault(site, outage):
    with site.client(cookies={"sessionid": "a" * 32}) as browser:
        page = browser.get("/")

    assert page.status_code == 503
    assert "Retry-After" in page.headers


def test_many_failures_fill_no_log(site, key, outage):
    before, began = len(site.log.read_text()), time.monotonic()
    with site.client(cookies={"sessionid": "a" * 32}) as browser:
        while time.monotonic() - began < 1.5:
            browser.get("/")
            site.test(key)
    seconds = time.monotonic() - began

    lines = site.log.read_text()[before:].splitlines()
    assert len(lines) <= seconds + 3
    assert any("more lines like it" in line for line in lines)


def test_an_unknown_address_is_still_answered_404(site, outage):
    with site.client(cookies={"sessionid": "a" * 32}) as browser:
        assert browser.get("/nowhere/").status_code == 404


def test_the_process_is_alive_and_not_ready(site, outage):
    with site.client() as probe:
        assert probe.get("/healthz").status_code == 200
        assert probe.get("/readyz").status_code == 503


def test_no_request_is_lost_once_the_database_is_back(site, key, database):
    assert site.test(key).status_code == 200
    database.kill()
    assert site.test(key).status_code == 503

    database.start()

    assert [site.test(key).status_code for _ in range(20)] == [200] * 20


def test_a_connection_that_was_cut_while_idle_costs_no_request(site, key, database):
    for _ in range(5):
        assert site.test(key).status_code == 200

        with psycopg.connect(database.url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

        assert site.test(key).status_code == 200
