"""The scheme of a request, and which proxies to believe about it."""

import pytest
from django.core.checks import run_checks
from django.test import Client

from oncekeys.models import AuditEvent
from oncekeys.request_headers import of_process
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db

URL = "/api/v1/test"
PROTO = ("HTTP_X_FORWARDED_PROTO", "https")
CLAIMS = [
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Ssl": "on"},
    {"Forwarded": 'for=192.0.2.1;proto="https"'},
    {"Cf-Visitor": '{"scheme":"https"}'},
]


@pytest.fixture
def public(settings):
    settings.PUBLIC_URL = "https://keys.acme.example"
    return settings


@pytest.fixture
def exposures():
    """Return how many keys the owners got emails about."""
    return lambda: AuditEvent.objects.filter(kind="api_key.exposed").count()


def status(key, **headers: str) -> int:
    with committed():
        return Client().get(URL, headers={"API-Key": key.token.reveal(), **headers}).status_code


@pytest.mark.parametrize(
    ("hops", "proto", "expected"),
    [
        (1, "https", 200),
        (1, "http, https", 200),
        (1, "https, http", 403),
        (1, "https,http", 403),
        (2, "https, http", 200),
        (2, "https, http, http", 403),
        (2, "http, https , http", 200),
        (2, "https", 200),
        (1, "", 403),
        (1, "HTTPS", 403),
    ],
)
def test_of_two_schemes_the_one_our_own_proxy_wrote_counts(public, crm, hops, proto, expected):
    public.TRUSTED_PROXY_HOPS, public.SECURE_PROXY_SSL_HEADER = hops, PROTO

    assert status(crm, **{"X-Forwarded-Proto": proto}) == expected


@pytest.mark.parametrize(("hops", "proto", "expected"), [(1, "https, http", 301), (2, "https, http", 302)])
def test_pages_believe_the_same_scheme_as_keys(public, client, hops, proto, expected):
    public.TRUSTED_PROXY_HOPS, public.SECURE_PROXY_SSL_HEADER, public.SECURE_SSL_REDIRECT = hops, PROTO, True

    answer = client.get("/", headers={"X-Forwarded-Proto": proto})

    assert answer.status_code == expected


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_key_behind_a_forgotten_proxy_is_refused_but_not_called_exposed(public, crm, exposures, claim):
    answer = Client().get(URL, headers={"API-Key": crm.token.reveal(), **claim})

    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert "operator must correct the proxy settings" in answer.json()["detail"]
    assert exposures() == 0


def test_a_key_that_was_sent_in_clear_is_still_called_exposed(public, crm, exposures):
    assert status(crm) == 403

    assert exposures() == 1


def test_a_client_cannot_hide_an_exposure_behind_a_proxy_that_is_trusted(public, crm, exposures):
    public.TRUSTED_PROXY_HOPS, public.SECURE_PROXY_SSL_HEADER = 1, PROTO

    assert status(crm, **{"X-Forwarded-Proto": "http", "X-Forwarded-Ssl": "on"}) == 403

    assert exposures() == 1


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_forgotten_proxy_ends_in_a_sentence_and_not_in_a_loop(public, client, claim):
    public.SECURE_SSL_REDIRECT = True

    answer = client.get("/login/", headers=claim)

    assert answer.status_code == 503
    assert "TRUSTED_PROXY_HOPS" in answer.text


def test_without_a_claim_people_are_still_led_to_https(public, client):
    public.SECURE_SSL_REDIRECT = True

    assert client.get("/login/").status_code == 301


def warnings() -> list[str]:
    identifiers = [str(message.id) for message in run_checks(tags=["oncekeys"])]
    return [each for each in identifiers if each.startswith("oncekeys.W")]


@pytest.mark.parametrize(
    ("address", "hops", "expected"),
    [
        ("https://keys.acme.example", 0, ["oncekeys.W001"]),
        ("HTTPS://keys.acme.example", 0, ["oncekeys.W001"]),
        ("https://keys.acme.example", 1, []),
        ("http://localhost:8000", 0, []),
    ],
)
def test_a_check_names_the_forgotten_proxy(settings, address, hops, expected):
    settings.PUBLIC_URL, settings.TRUSTED_PROXY_HOPS = address, hops

    assert warnings() == expected


DOOR = "oncekeys.doors.middleware.api_key_middleware"


@pytest.mark.parametrize(
    ("exempt", "middleware", "expected"),
    [
        ([], [], ["oncekeys.W002"]),
        ([r"^v1/"], [], []),
        ([r"^v1/"], [DOOR], ["oncekeys.W002"]),
        ([r"^api/"], [DOOR], []),
    ],
)
def test_a_check_warns_of_a_redirect_that_hides_refusals(settings, exempt, middleware, expected):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT, settings.MIDDLEWARE = exempt, middleware

    assert warnings() == expected


@pytest.fixture
def in_environment(monkeypatch):
    """Put variables into the environment, as if the process had begun with them."""

    def put(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        of_process.cache_clear()

    yield put
    of_process.cache_clear()


def test_headers_in_the_environment_of_the_process_are_none(public, crm, in_environment):
    key = crm.token.reveal()
    public.TRUSTED_PROXY_HOPS, public.SECURE_PROXY_SSL_HEADER = 1, PROTO
    environment = {"HTTP_API_KEY": key, "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    in_environment(environment)

    merged = Client(**environment).get(URL)
    in_clear = Client(HTTP_X_FORWARDED_PROTO="https").get(URL, headers={"Authorization": f"Bearer {key}"})

    assert (merged.status_code, merged.json()["code"]) == (401, "missing_key")
    assert (in_clear.status_code, in_clear.json()["code"]) == (403, "https_required")
