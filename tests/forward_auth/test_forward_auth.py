"""The promises of the configurations in docs/forward-auth.md, before an API that knows nothing of keys."""

import base64
import json
import os
import re
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.utils import timezone
from django.utils.http import http_date

from config.request_ids import WELL_FORMED
from dev import loopback
from dev.ports import free_port
from oncekeys.keys.token import Token
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.forward_auth import proxies
from tests.forward_auth.conftest import FAILURES_PER_MINUTE
from tests.forward_auth.proxies import EACH_PROXY, PROXIES, Backends, nginx

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("proxies")]

TOLD = ("Content-Type", "WWW-Authenticate", "Retry-After", "Cache-Control", "Vary")
DISGUISES = ["X-Oncekeys-{}", "x-oncekeys-{}", "X_Oncekeys_{}", "X-Oncekeys_{}", "X_ONCEKEYS-{}", "X.Oncekeys.{}"]


@pytest.fixture
def key(crm) -> str:
    return crm.token.reveal()


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def told(answer: httpx.Response) -> tuple[int, bytes, list[list[str]]]:
    return answer.status_code, answer.content, [answer.headers.get_list(name) for name in TOLD]


def asked_directly(oncekeys, headers, *, address: str = "127.0.0.1", query: str = "") -> httpx.Response:
    """As a proxy asks, for a client at `address`."""
    proxys = [("Host", "keys.acme.example"), ("X-Forwarded-For", address), ("X-Forwarded-Proto", "http")]
    return loopback.get(f"{oncekeys.url}/api/v1/verify{query}", headers=[*headers, *proxys])


def test_the_api_is_told_whose_key_it_is(proxy, api, key, crm):
    Account.objects.update(external_id="shop.organisation:42")

    answer = loopback.get(f"{proxy.url}/orders?page=2", headers={"API-Key": key, "Accept-Language": "en"})

    assert (answer.status_code, answer.text) == (200, "the API's own words")
    request = api.the_only_request()
    assert (request.method, request.path) == ("GET", "/orders?page=2")
    assert request.all("X-Oncekeys-Account") == ["acme"]
    assert request.all("X-Oncekeys-External-Id") == ["shop.organisation:42"]
    assert request.all("X-Oncekeys-Key") == [crm.api_key.key_id]
    assert request.all("X-Oncekeys-Environment") == ["production"]
    assert request.all("X-Oncekeys-Scopes") == ["full"]
    assert request.all("Accept-Language") == ["en"]


@pytest.mark.parametrize(("path", "cache_control"), [("/", "private"), ("/for-everyone", "public, max-age=60")])
def test_no_cache_gives_an_answer_to_another_key(proxy, key, path, cache_control):
    answer = loopback.get(f"{proxy.url}{path}", headers={"API-Key": key})

    assert answer.headers.get_list("Cache-Control") == [cache_control]
    assert {"API-Key", "X-API-Key", "Authorization"} <= set(answer.headers["Vary"].split(", "))


@pytest.mark.parametrize(
    "present",
    [
        lambda key: {"API-Key": key},
        lambda key: {"X-API-Key": key},
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": basic(key)},
        lambda key: {"API-Key": key, "X_Api_Key": key, "X-Api_Key": key, "Api_Key": key},
    ],
    ids=["API-Key", "X-API-Key", "Bearer", "Basic", "with underscores besides"],
)
def test_the_api_never_sees_the_key(proxy, api, key, present):
    answer = loopback.get(proxy.url, headers=present(key))

    assert answer.status_code == 200
    request = api.the_only_request()
    assert [request.all(name) for name in ("API-Key", "X-API-Key", "Authorization")] == [[], [], []]
    assert [value for _, value in request.headers if key in value or basic(key)[6:] in value] == []


def test_a_client_cannot_say_itself_who_it_is(proxy, api, key, crm):
    ApiKey.objects.update(scopes="read-only")
    forged = [
        (disguise.format(name), "umbrella")
        for name in ("Account", "External-Id", "Key", "Environment", "Scopes")
        for disguise in DISGUISES
        for _ in range(2)
    ]

    loopback.get(proxy.url, headers=[*forged, ("API-Key", key)])

    request = api.the_only_request()
    assert request.all("X-Oncekeys-Account") == ["acme"]
    assert "".join(request.all("X-Oncekeys-External-Id")) == "", "Acme has none"
    assert request.all("X-Oncekeys-Key") == [crm.api_key.key_id]
    assert request.all("X-Oncekeys-Environment") == ["production"]
    assert request.all("X-Oncekeys-Scopes") == ["read-only"]


def test_a_client_cannot_have_the_proxy_drop_who_it_is(proxy, api, key):
    drop = "close, X-Oncekeys-Account, X-Oncekeys-Key, X-Oncekeys-Environment, X-Oncekeys-Scopes"

    loopback.get(proxy.url, headers={"API-Key": key, "Connection": drop})

    request = api.the_only_request()
    assert request.all("X-Oncekeys-Account") == ["acme"]
    assert request.all("X-Oncekeys-Environment") == ["production"]
    assert request.all("X-Oncekeys-Scopes") == ["full"]


REFUSALS = {
    "missing_key": (401, lambda key: []),
    "malformed_key": (401, lambda key: [("API-Key", key[:-1])]),
    "malformed_key (Basic)": (401, lambda key: [("Authorization", "Basic ???")]),
    "malformed_key (no scheme)": (401, lambda key: [("Authorization", key)]),
    "invalid_key": (401, lambda key: [("Authorization", f"Bearer {Token.mint('live').reveal()}")]),
    "ambiguous_credentials": (400, lambda key: [("API-Key", key), ("Authorization", f"Bearer {key}")]),
    "ambiguous_credentials (twice)": (400, lambda key: [("API-Key", key), ("API-Key", key)]),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_reaches_the_client_as_oncekeys_put_it(proxy, running_oncekeys, api, key, refusal):
    status, present = REFUSALS[refusal]

    answer = loopback.get(proxy.url, headers=present(key))

    assert answer.status_code == status
    assert answer.json()["code"] == refusal.split()[0]
    assert told(answer) == told(asked_directly(running_oncekeys, present(key)))
    assert api.seen == []


def test_every_method_needs_a_key(proxy, api):
    answers = [loopback.request(method, proxy.url) for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "REPORT")]

    assert {(it.status_code, it.headers["Content-Type"]) for it in answers} == {(401, "application/problem+json")}
    assert api.seen == []


def test_more_headers_than_oncekeys_takes_are_the_clients_fault(proxy, api, key):
    many = {f"X-Number-{number}": str(number) for number in range(150)}

    answer = loopback.get(proxy.url, headers={"API-Key": key, **many})

    assert answer.status_code == 431
    assert api.seen == []


def test_a_deleted_key_is_refused_on_the_very_next_request(proxy, running_oncekeys, api, key, crm, ada):
    assert loopback.get(proxy.url, headers={"API-Key": key}).status_code == 200

    api_keys.delete(api_key=crm.api_key, by=By(ada))

    answer = loopback.get(proxy.url, headers={"API-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_key")
    assert told(answer) == told(asked_directly(running_oncekeys, [("API-Key", key)]))
    assert len(api.seen) == 1


def test_an_expired_key_is_told_so(proxy, running_oncekeys, key):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    answer = loopback.get(proxy.url, headers={"API-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (401, "expired_key")
    assert told(answer) == told(asked_directly(running_oncekeys, [("API-Key", key)]))


def test_allowed_addresses_go_by_the_clients_real_address(proxy, running_oncekeys, api, key):
    ApiKey.objects.update(addresses="203.0.113.0/24")

    answer = loopback.get(proxy.url, headers={"API-Key": key, "X-Forwarded-For": "203.0.113.9"})

    assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")
    assert told(answer) == told(asked_directly(running_oncekeys, [("API-Key", key)]))
    assert api.seen == []


def test_a_clients_query_does_not_change_the_scopes(proxy, api, key):
    ApiKey.objects.update(scopes="read-only")

    answer = loopback.get(f"{proxy.url}/orders?scope=full", headers={"API-Key": key})

    assert answer.status_code == 200
    assert api.the_only_request().path == "/orders?scope=full"


@pytest.mark.parametrize("query", ["", "?", "?scope=", "?scope=read-only"])
def test_a_proxy_can_ask_for_a_scope_and_no_client_can_change_that(
    proxy_before, for_full_keys, running_oncekeys, api, key, query
):
    oncekeys = running_oncekeys.url.removeprefix("http://")
    with proxy_before(Backends(oncekeys=oncekeys, api=api.address)) as proxy:
        let_in = loopback.get(proxy.url, headers={"API-Key": key})
        ApiKey.objects.update(scopes="read-only")
        refused = loopback.get(f"{proxy.url}/{query}", headers={"API-Key": key})

    assert let_in.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert refused.headers.get_list("WWW-Authenticate") == [
        'Bearer realm="oncekeys", error="insufficient_scope", scope="full"'
    ]
    assert told(refused) == told(asked_directly(running_oncekeys, [("API-Key", key)], query="?scope=full"))
    assert len(api.seen) == 1


@pytest.fixture
def for_full_keys(monkeypatch):
    """The files with what their comment says for this."""
    documented = proxies.adapted

    def adapted(name, places):
        text = re.sub(
            r"^(\s*(?:uri|proxy_pass) \S*/api/v1/verify)\??", r"\1?scope=full", documented(name, places), flags=re.M
        )
        assert text.count("?scope=full") == 2, "in the comment, and where it counts"
        return text

    monkeypatch.setattr(proxies, "adapted", adapted)


def test_the_client_is_told_when_its_key_will_expire(proxy, api, key):
    without = loopback.get(proxy.url, headers={"API-Key": key})
    expires_at = timezone.now() + timedelta(days=3)
    ApiKey.objects.update(expires_at=expires_at)

    answer = loopback.get(proxy.url, headers={"API-Key": key})

    assert "Oncekeys-Key-Expires" not in without.headers
    assert answer.headers.get_list("Oncekeys-Key-Expires") == [http_date(expires_at.timestamp())]
    assert [request.all("Oncekeys-Key-Expires") for request in api.seen] == [[], []]


def test_failures_are_counted_for_the_address_the_client_really_has(proxy, running_oncekeys, key, unused_address):
    wrong = ("API-Key", Token.mint("live").reveal())
    elsewhere = httpx.HTTPTransport(local_address=unused_address)
    claims = [("X-Forwarded-For", b"6.6.6.6"), ("X-Forwarded-For", b"\xff"), ("Connection", b"X-Forwarded-For")]

    with loopback.Client(base_url=proxy.url, transport=elsewhere) as attacker:
        answers = [attacker.get("/", headers=[wrong, claims[n % 3]]) for n in range(FAILURES_PER_MINUTE + 1)]
        let_in = attacker.get("/", headers={"API-Key": key})

    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_failures")
    assert told(answers[-1]) == told(asked_directly(running_oncekeys, [wrong], address=unused_address))
    assert let_in.status_code == 200
    assert loopback.get(proxy.url, headers=[wrong]).status_code == 401


@pytest.mark.parametrize("name", EACH_PROXY)
def test_a_client_does_not_choose_the_id_of_the_question(name, api, certificate, tmp_path):
    with PROXIES[name](tmp_path, Backends(oncekeys=api.address, api=api.address), certificate) as proxy:
        loopback.get(proxy.url, headers={"X-Request-ID": "chosen-by-the-client"})

    question = api.seen[0]
    assert question.path.startswith("/api/v1/verify")
    (given,) = question.all("X-Request-ID")
    assert WELL_FORMED.fullmatch(given)
    assert given != "chosen-by-the-client"


@pytest.fixture
def unused_address(request):
    """The whole of 127.0.0.0/8 is this machine, so each proxy's test has an address of its own."""
    return f"127.0.0.{2 + list(PROXIES).index(request.node.callspec.params['proxy'])}"


@pytest.mark.parametrize("encoding", ["with its length", "chunked"])
def test_a_body_arrives_whole(proxy, api, key, encoding):
    body = os.urandom(300_000)
    content = body if encoding == "with its length" else iter([body[:100_000], body[100_000:]])

    answer = loopback.post(proxy.url, headers={"API-Key": key}, content=content)

    assert answer.status_code == 200
    request = api.the_only_request()
    assert (request.method, request.body) == ("POST", body)


def test_a_refused_body_arrives_nowhere(proxy, api):
    with loopback.Client(base_url=proxy.url) as client:
        first = client.post("/", content=os.urandom(300_000))
        second = client.post("/", content=os.urandom(300_000))

    assert (first.status_code, second.status_code) == (401, 401)
    assert api.seen == []


def test_the_apis_own_errors_pass_unchanged(proxy, api, key):
    statuses = [400, 401, 403, 404, 429, 500, 502, 503]

    with loopback.Client(base_url=proxy.url, headers={"API-Key": key}) as client:
        answers = [client.get(f"/answers/{status}") for status in statuses]

    assert [answer.status_code for answer in answers] == statuses
    assert {answer.text for answer in answers} == {"the API's own words"}
    assert [answer.headers.get_list("WWW-Authenticate") for answer in answers] == [["Made-Up-By-The-Api"]] * 8


def test_oncekeys_without_its_database_is_no_refusal(proxy, running_oncekeys, key):
    with a_table_missing():
        answer = loopback.get(proxy.url, headers={"API-Key": key})
        direct = asked_directly(running_oncekeys, [("API-Key", key)])

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert told(answer) == told(direct)
    assert loopback.get(proxy.url, headers={"API-Key": key}).status_code == 200


@contextmanager
def a_table_missing():
    table = ApiKey._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")


@pytest.fixture(params=EACH_PROXY)
def proxy_before(request, certificate, tmp_path):
    """A proxy of its own for a test: `proxy_before(backends)`."""
    return lambda backends: PROXIES[request.param](tmp_path, backends, certificate)


def test_oncekeys_being_down_is_503_and_says_so(proxy_before, api, key):
    with proxy_before(Backends(oncekeys=f"127.0.0.1:{free_port()}", api=api.address)) as proxy:
        answer = loopback.post(proxy.url, headers={"API-Key": key}, content=b"an order")

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert "WWW-Authenticate" not in answer.headers
    problem = json.loads(answer.content)
    assert (problem.keys(), problem["code"], problem["status"]) == (DOCUMENT, "unavailable", 503)
    assert api.seen == []


DOCUMENT = {"type", "title", "status", "code", "detail"}


def test_the_api_being_down_is_not_oncekeys_fault(proxy_before, running_oncekeys, key):
    oncekeys = running_oncekeys.url.removeprefix("http://")
    with proxy_before(Backends(oncekeys=oncekeys, api=f"127.0.0.1:{free_port()}")) as proxy:
        answer = loopback.get(proxy.url, headers={"API-Key": key})

    assert answer.status_code == 502
    assert b"unavailable" not in answer.content


def test_whatever_else_answers_in_place_of_oncekeys_is_no_refusal(server, api, certificate, tmp_path):
    """Here it is a Django that does not know the name it was asked under, and answers 400."""
    with nginx(tmp_path, Backends(server.url.removeprefix("http://"), api.address), certificate) as proxy:
        answer = loopback.get(proxy.url)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert api.seen == []
