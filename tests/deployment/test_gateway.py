"""Requests reach the site, and answers the client, between granian and Django."""

import asyncio
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from config import gateway
from config.gateway import Gateway
from dev.servers import running_server

LARGEST = 2_621_440
STUCK = 40  # five times as many as the server has threads


def half_a_post(url: str) -> socket.socket:
    """The client has said that more will come, and says nothing more."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=30)
    head = f"POST /login/ HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: csrftoken={'a' * 32}\r\n"
    connection.sendall(
        f"{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nx=".encode()
    )
    return connection


@pytest.mark.django_db(transaction=True)
def test_bodies_that_never_come_keep_no_thread(static_files, tmp_path, crm):
    with running_server(tmp_path / "log") as server, ExitStack() as stack:
        for _ in range(STUCK):
            stack.enter_context(half_a_post(server.url))

        assert server.http.get("/healthz").status_code == 200
        assert server.test(crm.token.reveal()).status_code == 200


def asked(application, *, headers=(), body=b"", path=b"/", receive=None, version="1.1"):
    """The messages that the gateway sends for one request."""
    sent = []
    scope = {"type": "http", "http_version": version, "method": "POST", "scheme": "http", "raw_path": path}
    scope |= {
        "query_string": b"a=%20",
        "headers": list(headers),
        "server": ("127.0.0.1", 80),
        "client": ("192.0.2.1", 9),
    }

    async def whole():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    # In a thread of its own: a browser of other tests may have its loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(gateway_of(application)(scope, receive or whole, send))).result()
    return sent


def gateway_of(application):
    return Gateway(application, busy=application, largest_body=LARGEST)


def echo(environ, start_response):
    """Return what the application sees of its request."""
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    return Whole([json.dumps({**seen, "body": environ["wsgi.input"].read().decode()}).encode()])


class Whole(list):
    streaming = False


def seen(**request):
    return json.loads(asked(echo, **request)[1]["body"])


def test_the_application_sees_what_was_sent_and_nothing_of_the_process(monkeypatch):
    monkeypatch.setenv("HTTP_API_KEY", "from the environment")
    headers = [(b"api-key", b"one"), (b"api_key", b"two"), (b"api-key", b"three"), (b"x-name", b"caf\xc3\xa9")]
    headers += [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"content-length", b"4")]

    request = seen(headers=headers, body=b"body", path=b"/caf%C3%A9/%2F")

    assert request["HTTP_API_KEY"] == "one,three"
    assert request["HTTP_X_NAME"].encode("latin-1").decode() == "café"
    assert request["HTTP_COOKIE"] == "a=1; b=2"
    assert request["PATH_INFO"].encode("latin-1").decode() == "/café//"
    assert (request["QUERY_STRING"], request["REMOTE_ADDR"], request["body"]) == ("a=%20", "192.0.2.1", "body")
    assert "PATH" not in request


@pytest.mark.parametrize("length", [b"9999999999", b"2621441"])
def test_a_body_that_is_too_large_is_not_read(length):
    async def never():
        raise AssertionError("It was read")

    request = seen(headers=[(b"content-length", length)], receive=never)

    assert (request["body"], request["CONTENT_LENGTH"]) == ("", length.decode())


def test_a_body_without_a_length_is_read_up_to_the_limit():
    async def endless():
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    assert seen(headers=[(b"transfer-encoding", b"chunked")], receive=endless)["body"] == ""


def test_a_body_that_does_not_come_in_time_is_given_up(monkeypatch):
    monkeypatch.setattr(gateway, "PATIENCE_SECONDS", 0.01)

    async def silence():
        await asyncio.Event().wait()

    [start, _] = asked(echo, headers=[(b"content-length", b"4")], receive=silence)

    assert start["status"] == 408


def test_an_answer_in_parts_is_made_and_closed_by_one_thread():
    threads = []

    def parts():
        try:
            for part in (b"one", b"two"):
                threads.append(threading.get_ident())
                yield part
        finally:
            threads.append(threading.get_ident())

    def streaming(environ, start_response):
        start_response("200 OK", [])
        return parts()

    messages = asked(streaming)

    assert [message.get("body") for message in messages] == [None, b"one", b"two", b""]
    assert [message.get("more_body") for message in messages] == [None, True, True, False]
    assert len(set(threads)) == 1


def test_a_small_file_does_not_wait_for_its_reader():
    def file(environ, start_response):
        start_response("200 OK", [("Content-Length", "6")])
        return iter([b"one", b"two"])

    assert [message.get("body") for message in asked(file)] == [None, b"onetwo"]
