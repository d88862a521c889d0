"""Whatever bytes a client puts into its headers: no error of ours, no way in, and no trace of a key in the log."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from urllib.parse import quote

import pytest

from dev.disguises import holds, secret_of
from dev.servers import running_server
from torture.inputs import hostile_headers
from torture.raw import ask

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("hostile")]

REQUESTS = 500
# Long enough that it does not turn up by chance, short enough to find a key of which little is left.
TRACE_LENGTH = 16
REFUSED = {None, 400, 401, 431}


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    log = tmp_path_factory.mktemp("hostile") / "log"
    options = {"LOG_LEVEL": "DEBUG", "ONCEKEYS_FAILURES_PER_MINUTE": "1000000"}
    with django_db_blocker.unblock(), running_server(log, **options) as server:
        yield server


def test_500_hostile_headers_find_no_way_in_and_leave_no_trace(site, crm):
    key = crm.token.reveal()
    attacks = list(islice(hostile_headers(key), REQUESTS))

    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda number: ask(site.url, attacks[number], number), range(REQUESTS)))

    statuses = Counter(answer.status for answer in answers)
    assert [(status, attacks[n][:90]) for n, (status, _) in enumerate(answers) if status not in REFUSED] == []
    assert statuses[401] > REQUESTS / 2, "most of them get past the server and meet our own code"
    traces = traces_of(key)
    assert [attacks[n][:60] for n in range(REQUESTS) if leaks(answers[n].content, traces)] == []
    assert not leaks(site.log.read_bytes(), traces)
    assert site.test(key).status_code == 200


def test_a_key_in_the_wrong_place_is_logged_by_its_id_alone(site, crm):
    key = crm.token.reveal()
    names = ("Referer", "Origin", "X-CSRFToken", "HX-Current-URL", "User-Agent")
    everywhere = {**dict.fromkeys(names, key), "Cookie": f"sessionid={key}; csrftoken={key}; timezone={key}"}

    with site.client(headers=everywhere) as client:
        client.get(f"/api/v1/{key}")
        client.get(f"/nothing/{key}")
        client.get(f"/nothing/{quote(key).replace('_', '%5F')}/")
        client.get("/api/v1/test", params={"api_key": key}, headers={"Host": key})
        client.post("/login/", data={"login": key, "password": key})

    log = site.log.read_bytes()
    assert f"Not Found: /nothing/{crm.token.masked}".encode() in log
    assert not leaks(log, traces_of(key))


@pytest.mark.parametrize(
    "headers",
    [
        "API-Key: {key}\r\nAPI-Key: {key}\r\n",
        "API-Key: {key}\r\napi-key: other\r\n",
        "API-Key: {key}\r\nAPI-Key:\r\n",
        "API-Key:\r\nAPI-Key: {key}\r\n",
        "X-API-Key: {key}\r\nX-API-Key: {key}\r\n",
        "Authorization: Bearer {key}\r\nAuthorization: Bearer {key}\r\n",
        "Authorization: Basic Og==\r\nAuthorization: Bearer {key}\r\n",
        "API-Key: {key}\r\nX-API-Key: {key}\r\n",
    ],
)
def test_two_credentials_on_the_wire_are_ambiguous(site, crm, headers):
    answer = ask(site.url, headers.format(key=crm.token.reveal()).encode())

    assert answer.status == 400
    assert b'"code": "ambiguous_credentials"' in answer.content


def traces_of(key: str) -> list[bytes]:
    secret = secret_of(key)
    return [secret[start : start + TRACE_LENGTH] for start in range(0, len(secret) - TRACE_LENGTH + 1, 3)]


def leaks(content: bytes, traces: list[bytes]) -> bool:
    folded = content.lower()
    return any(holds(content, trace) or trace.lower() in folded for trace in traces)
