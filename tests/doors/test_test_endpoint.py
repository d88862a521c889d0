"""`GET /api/v1/test`, through which a developer meets the product."""

import base64

import pytest
from django.core.checks import run_checks
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.debug import ExceptionReporter

from dev.keyring import forge
from oncekeys.keys.token import Token
from oncekeys.models import Account, ApiKey
from oncekeys.views import api

pytestmark = pytest.mark.django_db

URL = "/api/v1/test"


@pytest.fixture
def consumer() -> Client:
    return Client(enforce_csrf_checks=True)


def basic(name: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"API-Key": key},
        lambda key: {"X-API-Key": key},
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": f"bearer {key}"},
        lambda key: {"Authorization": basic(key)},
    ],
)
def test_a_key_is_accepted_in_every_way_it_may_be_presented(consumer, crm, headers):
    response = consumer.get(URL, headers=headers(crm.token.reveal()))

    assert response.status_code == 200
    assert response.json() == {
        "message": "Your API key works.",
        "account": {"name": "Acme", "slug": "acme"},
        "key": {"id": crm.token.key_id, "name": "Production CRM"},
        "environment": "production",
        "scopes": ["full"],
        "expires_at": None,
    }


def test_account_made_by_another_system_says_what_it_is_called_there(consumer, crm):
    Account.objects.update(external_id="shop.organisation:42")

    response = consumer.get(URL, headers={"API-Key": crm.token.reveal()})

    assert response.json()["account"] == {"name": "Acme", "slug": "acme", "external_id": "shop.organisation:42"}


@pytest.mark.parametrize(
    ("external_id", "header"), [("shop.organisation:42", "shop.organisation:42"), ("müller gmbh", "m%C3%BCller%20gmbh")]
)
def test_forward_auth_says_it_in_a_header(consumer, crm, external_id, header):
    Account.objects.update(external_id=external_id)

    response = consumer.get("/api/v1/verify", headers={"API-Key": crm.token.reveal()})

    assert response.headers["X-Oncekeys-External-Id"] == header


def test_forward_auth_leaves_it_out_where_there_is_none(consumer, crm):
    response = consumer.get("/api/v1/verify", headers={"API-Key": crm.token.reveal()})

    assert "X-Oncekeys-External-Id" not in response.headers


def test_the_answer_is_not_to_be_cached(consumer, crm):
    response = consumer.get(URL, headers={"API-Key": crm.token.reveal()})

    assert "no-store" in response["Cache-Control"]


def test_a_limited_key_is_told_its_scopes(consumer, crm):
    ApiKey.objects.update(scopes="read-only invoices")

    answer = consumer.get(URL, headers={"API-Key": crm.token.reveal()})

    assert answer.json()["scopes"] == ["read-only", "invoices"]


def refusals():
    good = Token.mint("live").reveal()
    return {
        "missing_key": (401, {}),
        "malformed_key": (401, {"API-Key": good[:-1] + ("0" if good[-1] != "0" else "1")}),
        "invalid_key": (401, {"API-Key": good}),
        "ambiguous_credentials": (400, {"API-Key": good, "Authorization": f"Bearer {good}"}),
    }


@pytest.mark.parametrize(("code", "expected"), refusals().items(), ids=refusals())
def test_a_refusal_is_a_problem_document(consumer, db, code, expected):
    status, headers = expected

    response = consumer.get(URL, headers=headers)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert "no-store" in response["Cache-Control"]
    problem = response.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem.keys() == {"type", "title", "status", "code", "detail"}
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    ("code", "challenge"),
    [
        ("missing_key", 'Bearer realm="oncekeys"'),
        ("malformed_key", 'Bearer realm="oncekeys", error="invalid_token"'),
        ("invalid_key", 'Bearer realm="oncekeys", error="invalid_token"'),
    ],
)
def test_a_401_comes_with_a_challenge(consumer, db, code, challenge):
    _, headers = refusals()[code]

    assert consumer.get(URL, headers=headers)["WWW-Authenticate"] == challenge


def test_unknown_deleted_and_wrong_keys_get_identical_answers(consumer, crm, ada):
    unknown = consumer.get(URL, headers={"API-Key": Token.mint("live").reveal()})
    wrong = consumer.get(URL, headers={"API-Key": forge(crm.api_key.public_id)})
    crm.api_key.wipe(at=timezone.now())
    deleted = consumer.get(URL, headers={"API-Key": crm.token.reveal()})

    for answer in (unknown, deleted, wrong):
        del answer.headers["X-Request-ID"]  # of each request its own
    assert (unknown.content, unknown.headers) == (deleted.content, deleted.headers) == (wrong.content, wrong.headers)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda key: key[:-3], "it is missing 3 characters."),
        (lambda key: f"Bearer {key}", "There is an extra Bearer before the key."),
        (lambda key: "undefined", "None, null or undefined."),
    ],
)
def test_a_malformed_key_is_answered_with_what_is_wrong_with_it(consumer, crm, damage, sentence):
    key = damage(crm.token.reveal())

    response = consumer.get(URL, headers={"API-Key": key})

    assert response.json()["code"] == "malformed_key"
    assert sentence in response.json()["detail"]
    assert crm.token.reveal()[:-3] not in response.content.decode()


@pytest.mark.parametrize(
    "place",
    [
        lambda client, key: client.get(URL, {"api_key": key, "key": key}),
        lambda client, key: client.get(URL, headers={"Cookie": f"api_key={key}; API-Key={key}"}),
    ],
    ids=["url", "cookie"],
)
def test_a_key_anywhere_but_in_a_header_is_no_credential(consumer, crm, place):
    response = place(consumer, crm.token.reveal())

    assert response.json()["code"] == "missing_key"


def test_a_header_sent_twice_is_ambiguous(consumer, crm):
    key = crm.token.reveal()

    response = consumer.get(URL, headers={"API-Key": f"{key},{key}"})

    assert (response.status_code, response.json()["code"]) == (400, "ambiguous_credentials")


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (lambda key: key, "needs the scheme Bearer"),
        (lambda key: f"Api-Key {key}", "needs the scheme Bearer"),
        (lambda key: f"Token {key}", "needs the scheme Bearer"),
        (lambda key: f"Token  {key[:-9]}", "needs the scheme Bearer"),
        (lambda key: f'Token token="{key}"', "needs the scheme Bearer"),
        (lambda key: f"Bearer\t{key}", "needs the scheme Bearer"),
        (lambda key: basic("", key), "password is empty"),
        (lambda key: basic(key, "x"), "password is empty"),
        (lambda key: "Basic ???", "base64"),
    ],
)
def test_an_authorization_header_that_cannot_be_read_is_told_why(consumer, crm, header, sentence):
    response = consumer.get(URL, headers={"Authorization": header(crm.token.reveal())})

    assert (response.status_code, response.json()["code"]) == (401, "malformed_key")
    assert sentence in response.json()["detail"]


@pytest.mark.parametrize(
    "header", ['Digest username="a", realm="b"', "Token abc", "Token ok_abc", "Negotiate abc", basic("ada", "pw")]
)
def test_another_scheme_is_not_a_bad_key(consumer, crm, header):
    alone = consumer.get(URL, headers={"Authorization": header})
    beside = consumer.get(URL, headers={"Authorization": header, "API-Key": crm.token.reveal()})

    assert alone.json()["code"] == "missing_key"
    assert beside.status_code == 200


def test_an_unexpected_error_is_reported_without_the_key(consumer, crm, break_lookups):
    break_lookups(RuntimeError)
    key = crm.token.reveal()
    for headers in ({"API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": basic(key)}):
        request = RequestFactory().get(URL, headers=headers)
        with pytest.raises(RuntimeError) as error:
            api.test(request)

        beyond_this_test = error.tb.tb_next
        report = ExceptionReporter(request, error.type, error.value, beyond_this_test)
        for text in (report.get_traceback_html(), report.get_traceback_text()):
            assert key[-49:-6] not in text


def test_under_https_a_key_sent_in_clear_is_refused_and_not_redirected(consumer, crm, settings):
    settings.PUBLIC_URL = "https://keys.acme.example"
    settings.SECURE_SSL_REDIRECT = True

    plain = consumer.get(URL, headers={"API-Key": crm.token.reveal()})
    secure = consumer.get(URL, headers={"API-Key": crm.token.reveal()}, secure=True)

    assert (plain.status_code, plain.json()["code"]) == (403, "https_required")
    assert secure.status_code == 200


@pytest.mark.parametrize("address", [None, "", "keys.acme.example", "ftp://keys.acme.example", "https//keys"])
def test_without_an_address_that_says_http_a_key_sent_in_clear_is_refused(consumer, crm, settings, address):
    settings.PUBLIC_URL = address
    if address is None:
        del settings.PUBLIC_URL

    plain = consumer.get(URL, headers={"API-Key": crm.token.reveal()})
    secure = consumer.get(URL, headers={"API-Key": crm.token.reveal()}, secure=True)

    assert (plain.status_code, plain.json()["code"]) == (403, "https_required")
    assert secure.status_code == 200
    assert "oncekeys.E006" in [message.id for message in run_checks(tags=["oncekeys"])]


@pytest.mark.usefixtures("promised_cost")
@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "HTTP://Keys.acme.example", "https://keys.acme.example"])
def test_an_address_that_is_one_is_not_complained_of(settings, address):
    settings.PUBLIC_URL = address
    settings.TRUSTED_PROXY_HOPS = 1

    assert run_checks(tags=["oncekeys"]) == []
