"""CORS preflights, WebSockets and server-sent events, through the files of docs/forward-auth.md."""

import threading

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve

from dev import loopback
from tests.forward_auth.proxies import EACH_PROXY, PROXIES, Backends

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("proxies")]

PREFLIGHT = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
FORGED = {"X-Oncekeys-Account": "umbrella", "X-Oncekeys-Key": "x", "X-Oncekeys-Scopes": "full", "API-Key": "a key"}


def test_a_preflight_is_answered_by_the_api(proxy, api):
    answer = loopback.options(f"{proxy.url}/orders", headers={**PREFLIGHT, **FORGED})

    assert (answer.status_code, answer.text) == (200, "the API's own words")
    request = api.the_only_request()
    assert (request.method, request.path) == ("OPTIONS", "/orders")
    assert request.all("Access-Control-Request-Method") == ["POST"]
    assert [request.all(name) for name in FORGED] == [[]] * len(FORGED)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("OPTIONS", {}),
        ("OPTIONS", {"Origin": "https://app.example"}),
        ("OPTIONS", {"Access-Control-Request-Method": "POST"}),
        ("GET", PREFLIGHT),
        ("POST", {**PREFLIGHT, "X-Forwarded-Method": "OPTIONS", "X-HTTP-Method-Override": "OPTIONS"}),
    ],
)
def test_what_is_not_a_preflight_needs_a_key(proxy, api, method, headers):
    answer = loopback.request(method, proxy.url, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "missing_key")
    assert api.seen == []


@pytest.fixture(params=EACH_PROXY)
def socket_url(request, running_oncekeys, certificate, tmp_path):
    """Return the URL of an API that says whose key it got, then repeats every message."""

    def talk(websocket) -> None:
        websocket.send(websocket.request.headers.get("X-Oncekeys-Account", "unknown"))
        for message in websocket:
            websocket.send(message)

    with serve(talk, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.socket.getsockname()[1]}"
        backends = Backends(oncekeys=running_oncekeys.url.removeprefix("http://"), api=address)
        with PROXIES[request.param](tmp_path, backends, certificate) as proxy:
            yield proxy.url.replace("http://", "ws://")
        server.shutdown()


def test_a_websocket_opens_with_a_key_and_talks_both_ways(socket_url, crm):
    with connect(socket_url, additional_headers={"API-Key": crm.token.reveal()}) as websocket:
        account = websocket.recv(timeout=30)
        websocket.send("hello")
        websocket.send(b"\x00\xff")

        assert (account, websocket.recv(timeout=30), websocket.recv(timeout=30)) == ("acme", "hello", b"\x00\xff")


def test_a_websocket_without_a_key_is_refused(socket_url):
    with pytest.raises(InvalidStatus) as refused:
        connect(socket_url, additional_headers={"X-Oncekeys-Account": "umbrella"})

    assert refused.value.response.status_code == 401
    assert b"missing_key" in refused.value.response.body


def test_an_event_arrives_before_the_next_one_is_made(proxy, api, crm):
    api.arrived.clear()

    with loopback.stream("GET", f"{proxy.url}/events", headers={"API-Key": crm.token.reveal()}, timeout=30) as answer:
        events = answer.iter_bytes()
        first = next(events)
        api.arrived.set()

        assert (first, b"".join(events)) == (b"data: one\n\n", b"data: two\n\n")
