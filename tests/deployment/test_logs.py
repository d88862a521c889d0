"""A line a record, with the ID of its request; and an outage or a stranger's header fills no log."""

import json
import logging
import re
import sys
from io import StringIO

import pytest
from django.db import OperationalError

from config import logs
from config.logs import ConsoleHandler, JSONFormatter
from dev.servers import running_server

HEADER = "X-Request-ID"
GIVEN = "trace-0123456789abcdef"


def test_each_request_has_an_id_of_its_own(client, db):
    first, second = client.get("/login/")[HEADER], client.get("/api/v1/test")[HEADER]

    assert re.fullmatch(r"[0-9a-f]{16}", first)
    assert first != second


@pytest.mark.parametrize(
    ("hops", "sent", "taken"),
    [(0, GIVEN, False), (1, GIVEN, True), (1, "short", False), (1, "two\nlines of it", False), (1, "x" * 129, False)],
)
def test_an_id_is_taken_from_our_own_proxy_alone(client, settings, hops, sent, taken):
    settings.TRUSTED_PROXY_HOPS = hops

    assert (client.get("/healthz", headers={HEADER: sent})[HEADER] == sent) is taken


@pytest.fixture
def handler():
    handler = ConsoleHandler()
    handler.setStream(StringIO())
    return handler


def outage(path: str) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": "django.request", "msg": "%s: %s", "args": ("Service Unavailable", path)})
    record.status_code = 503
    return record


def broken(**more: int) -> logging.LogRecord:
    try:
        raise OperationalError("server closed the connection\nunexpectedly")
    except OperationalError:
        known = {"name": "oncekeys", "msg": "No use was written.", "exc_info": sys.exc_info()}
        return logging.makeLogRecord({**known, **more})


def test_an_outage_is_one_line_a_second_that_says_how_many(handler, monkeypatch):
    for number in range(500):
        handler.handle(outage(f"/{number}/"))
    handler.handle(broken(status_code=503))
    monkeypatch.setattr(logs, "SECONDS", 0)
    handler.handle(broken(status_code=503))

    assert handler.stream.getvalue().splitlines() == [
        "Service Unavailable: /0/",
        "No use was written. (OperationalError: server closed the connection)"
        " and 500 more lines like it in the last second or more",
    ]


def test_those_left_out_are_told_when_it_is_over(handler, monkeypatch):
    for number in range(3):
        handler.handle(outage(f"/{number}/"))
    monkeypatch.setattr(logs, "SECONDS", 0)
    for _ in range(2):
        handler.handle(logging.makeLogRecord({"name": "site", "msg": "All is well."}))

    assert handler.stream.getvalue().splitlines()[1:] == [
        "2 more requests failed in the outage before",
        "All is well.",
        "All is well.",
    ]


def test_another_failure_keeps_its_traceback(handler):
    try:
        raise ValueError("ours")
    except ValueError:
        handler.handle(logging.makeLogRecord({"name": "site", "msg": "Failed.", "exc_info": sys.exc_info()}))

    assert "Traceback" in handler.stream.getvalue()


def test_a_database_failure_outside_a_request_keeps_its_traceback(handler):
    handler.handle(outage("/"))
    for _ in range(2):
        handler.handle(broken())

    assert handler.stream.getvalue().count("Traceback") == 2


def test_json_has_the_traceback_in_its_object(handler):
    handler.setFormatter(JSONFormatter())
    try:
        raise ValueError("ok_live_7Fh2k9QxYz12_" + "a" * 49)
    except ValueError:
        handler.handle(logging.makeLogRecord({"name": "site", "msg": "Failed\nbadly.", "exc_info": sys.exc_info()}))

    (line,) = handler.stream.getvalue().splitlines()
    written = json.loads(line)
    assert written["message"] == "Failed\nbadly."
    assert "ValueError: ok_live_7Fh2k9QxYz12_…" in written["traceback"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", [pytest.param("text", marks=pytest.mark.full), "json"])
def test_a_real_server_writes_each_line_with_the_id(static_files, tmp_path, acme, shape):
    with running_server(tmp_path / "log", LOG_FORMAT=shape) as server, server.client() as browser:
        stranger = browser.get("/login/", headers={"Host": "evil.example"})
        page = browser.get("/login/")
        form = {"login": "ada@acme.example", "password": "a guess", "csrfmiddlewaretoken": token_in(page)}
        guess = browser.post("/login/", data=form)
        written = server.log.read_text()

    lines = [line for line in written.splitlines() if stranger.headers[HEADER] in line]
    assert stranger.status_code == 400
    assert len(lines) == 1
    assert "evil.example" in lines[0]
    assert "Traceback" not in written
    (failed,) = [line for line in written.splitlines() if guess.headers[HEADER] in line]
    assert "sign_in.failed" in failed
    if shape == "json":
        assert json.loads(failed)["logger"] == "oncekeys.security"


def token_in(page):
    return page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
