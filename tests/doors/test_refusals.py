"""A refusal names what it knows: to who holds the whole, right key, and nothing that was presented."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oncekeys.keys.token import Token
from oncekeys.models import ApiKey
from tests.doors.every_door import DOORS_BELOW_FOR_FULL, DOORS_FOR_FULL, DOORS_FOR_TWO, PROTECTED_PATHS

pytestmark = pytest.mark.django_db

TEST, VERIFY = "/api/v1/test", "/api/v1/verify"
PAST = datetime(2026, 6, 16, 14, 20, 59, tzinfo=UTC)
FOR_ALL = {"type", "title", "status", "code", "detail"}


@pytest.fixture(autouse=True)
def doors(settings):
    settings.ROOT_URLCONF = "tests.doors.every_door"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "oncekeys.doors.middleware.api_key_middleware"]
    settings.ONCEKEYS_PROTECTED_PATHS = PROTECTED_PATHS
    settings.ONCEKEYS_SCOPES = ["read-only", "invoices", "full"]


@pytest.fixture
def headers(crm) -> dict[str, str]:
    return {"API-Key": crm.token.reveal()}


def facts(answer) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name not in FOR_ALL}


@pytest.mark.parametrize(
    ("state", "known", "detail"),
    [
        (
            {"expires_at": PAST},
            {"expired_at": "2026-06-16T14:20:59Z"},
            "This API key expired on 2026-06-16 at 14:20 UTC. Ask an admin of the account for a new one.",
        ),
        (
            {"paused_at": PAST},
            {"paused_at": "2026-06-16T14:20:59Z"},
            "This API key has been paused since 2026-06-16 at 14:20 UTC. Ask an admin of the account to resume it.",
        ),
        (
            {"addresses": "203.0.113.0/24"},
            {"ip_address": "127.0.0.1"},
            "This API key can't be used from your IP address, 127.0.0.1. Ask an admin of the account to allow it.",
        ),
        (
            {"environment": "staging"},
            {"environment": "staging", "required_environment": "production"},
            "This API key is for staging. Use a production key here.",
        ),
    ],
)
def test_it_names_what_is_wrong_with_the_right_key(client, crm, headers, settings, state, known, detail):
    settings.ONCEKEYS_ENVIRONMENT = "production"
    ApiKey.objects.update(**state)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(TEST, headers=headers)

    assert (facts(answer), answer.json()["detail"]) == (known, detail)
    assert len(queries) == 1


@pytest.mark.parametrize("state", [{"expires_at": PAST}, {"paused_at": PAST}, {"addresses": "203.0.113.0/24"}])
def test_it_names_nothing_to_others(client, crm, state):
    unknown = client.get(TEST, headers={"API-Key": Token.mint("live").reveal()})
    ApiKey.objects.update(key_id=(forged := Token.mint("live")).key_id, **state)

    wrong = client.get(TEST, headers={"API-Key": forged.reveal()})

    assert wrong.content == unknown.content
    assert facts(wrong) == {}


def test_without_an_ip_address_it_asks_to_look_at_the_proxy(client, crm, headers):
    ApiKey.objects.update(addresses="203.0.113.0/24")

    answer = client.get(TEST, headers=headers, REMOTE_ADDR="")

    assert answer.json()["detail"] == (
        "This API key is limited to certain IP addresses, and yours is unknown. "
        "Ask the operator of this API to check its proxy settings."
    )
    assert facts(answer) == {}


@pytest.mark.parametrize("door", DOORS_FOR_FULL)
def test_every_door_names_the_scope(client, crm, headers, door):
    ApiKey.objects.update(scopes="read-only")

    answer = client.get(DOORS_FOR_FULL[door], headers=headers)

    assert facts(answer) == {"required_scopes": ["full"], "missing_scopes": ["full"]}
    assert answer["WWW-Authenticate"] == 'Bearer realm="oncekeys", error="insufficient_scope", scope="full"'
    assert answer.json()["detail"] == (
        "This API key lacks the scope full. Ask an admin of the account to add it, or use another key."
    )


@pytest.mark.parametrize("door", DOORS_FOR_TWO)
def test_every_door_names_all_scopes_and_which_of_them_are_missing(client, crm, headers, door):
    ApiKey.objects.update(scopes="read-only")
    limited = client.get(DOORS_FOR_TWO[door], headers=headers)
    ApiKey.objects.update(scopes="other")
    other = client.get(DOORS_FOR_TWO[door], headers=headers)

    assert facts(limited) == {"required_scopes": ["read-only", "invoices"], "missing_scopes": ["invoices"]}
    assert limited["WWW-Authenticate"].endswith('error="insufficient_scope", scope="read-only invoices"')
    assert "lacks the scopes read-only and invoices. Ask an admin of the account to add them" in other.json()["detail"]


@pytest.mark.parametrize("door", DOORS_BELOW_FOR_FULL)
def test_a_door_behind_the_middleware_names_the_scope_too(client, crm, headers, door):
    ApiKey.objects.update(scopes="read-only")

    assert facts(client.get(DOORS_BELOW_FOR_FULL[door], headers=headers))["missing_scopes"] == ["full"]


def test_a_door_behind_the_middleware_names_the_environment_too(client, headers):
    answer = client.get("/guarded/decorator/staging", headers=headers)

    assert facts(answer) == {"environment": "production", "required_environment": "staging"}


@pytest.mark.parametrize("asked", ['a"b', "a\\b", "ä", "a\x7fb", "\u200b", 'x", error="none'])
def test_a_scope_that_cannot_be_written_is_not_named(client, crm, headers, asked):
    ApiKey.objects.update(scopes="read-only")

    alone = client.get(VERIFY, {"scope": asked}, headers=headers)
    beside = client.get(VERIFY, {"scope": f"invoices {asked}"}, headers=headers)

    assert (alone.status_code, alone.json()["code"]) == (403, "insufficient_scope")
    assert alone["WWW-Authenticate"] == 'Bearer realm="oncekeys", error="insufficient_scope"'
    assert beside["WWW-Authenticate"] == 'Bearer realm="oncekeys", error="insufficient_scope", scope="invoices"'
    assert asked not in alone.json()["detail"]


def test_too_many_failures_still_say_what_is_wrong_with_this_key(client, crm, settings):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 0

    answer = Client().get(TEST, headers={"API-Key": crm.token.reveal()[:-1]}, REMOTE_ADDR="203.0.113.9")

    assert (answer.status_code, facts(answer)) == (429, {"ip_address": "203.0.113.9"})
    assert answer.json()["detail"].startswith("Too many wrong keys came from your IP address, 203.0.113.9. Correct")
    assert "it is missing 1 character." in answer.json()["detail"]
