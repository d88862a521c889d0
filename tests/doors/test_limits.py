"""A key's limits, and a pause, hold at every door from the next request on."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIRequestFactory, force_authenticate

from oncekeys import conf
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.doors.every_door import (
    DOORS,
    DOORS_BELOW,
    DOORS_BELOW_FOR_FULL,
    DOORS_FOR_FULL,
    DOORS_FOR_TWO,
    PROTECTED_PATHS,
    DrfViewForFull,
)

pytestmark = pytest.mark.django_db

TEST = "/api/v1/test"


@pytest.fixture(autouse=True)
def doors(settings):
    settings.ROOT_URLCONF = "tests.doors.every_door"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "oncekeys.doors.middleware.api_key_middleware"]
    settings.ONCEKEYS_PROTECTED_PATHS = PROTECTED_PATHS
    settings.ONCEKEYS_SCOPES = ["read-only", "invoices", "full"]


@pytest.fixture
def consumer() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def headers(crm) -> dict[str, str]:
    return {"API-Key": crm.token.reveal()}


def code(answer) -> str | None:
    """Return the refusal's code, or None if there is none."""
    return None if answer.status_code < 300 else answer.json()["code"]


@pytest.mark.parametrize(
    ("allowed", "address", "expected"),
    [
        ("203.0.113.0/24", "203.0.113.9", None),
        ("203.0.113.0/24", "203.0.114.9", "address_not_allowed"),
        ("203.0.113.0/24", "::ffff:203.0.113.9", None),
        ("203.0.113.0/24", "::ffff:203.0.114.9", "address_not_allowed"),
        ("::ffff:203.0.113.0/120", "203.0.113.9", None),
        ("2001:db8::/32", "2001:db8:1::9", None),
        ("2001:db8::/32", "2001:DB8:0001::9", None),
        ("2001:db8::/32", "2001:db9::9", "address_not_allowed"),
        ("2001:db8::/32", "203.0.113.9", "address_not_allowed"),
        ("198.51.100.7\n2001:db8::7", "2001:db8::7", None),
        ("198.51.100.7\n2001:db8::7", "2001:db8::8", "address_not_allowed"),
        ("203.0.113.0/24", "", "address_not_allowed"),
    ],
)
def test_a_key_works_from_its_addresses_and_from_nowhere_else(consumer, acme, allowed, address, expected):
    key = api_keys.create(account=acme, by=By.system(), name="ERP", networks=allowed)

    answer = consumer.get(TEST, headers={"API-Key": key.token.reveal()}, REMOTE_ADDR=address)

    assert code(answer) == expected


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (1, "203.0.113.9", None),
        (1, "198.51.100.1, 203.0.113.9", None),
        (1, "203.0.113.9, 198.51.100.1", "address_not_allowed"),
        (1, "::ffff:203.0.113.9", None),
        (2, "203.0.113.9, 10.0.0.2", None),
        (2, "203.0.113.9", "address_not_allowed"),
        (0, "203.0.113.9", "address_not_allowed"),
    ],
)
def test_behind_proxies_of_our_own_it_is_the_clients_address_that_counts(
    consumer, crm, headers, settings, hops, forwarded, expected
):
    settings.TRUSTED_PROXY_HOPS = hops
    ApiKey.objects.update(addresses="203.0.113.0/24")

    answer = consumer.get(TEST, headers={**headers, "X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.1")

    assert code(answer) == expected


@pytest.mark.parametrize("door", DOORS)
def test_a_pause_a_resume_and_a_changed_address_hold_on_the_next_request(consumer, crm, headers, door):
    key, unlimited = crm.api_key, {"api_key": crm.api_key, "by": By.system(), "name": "CRM", "scopes": ["full"]}
    changes = {
        "nothing": lambda: None,
        "pause": lambda: api_keys.pause(api_key=key, by=By.system()),
        "resume": lambda: api_keys.resume(api_key=key, by=By.system()),
        "elsewhere": lambda: api_keys.change(**unlimited, networks="203.0.113.9"),
        "here": lambda: api_keys.change(**unlimited, networks="127.0.0.1"),
    }

    codes = {name: (change(), code(consumer.get(DOORS[door], headers=headers)))[1] for name, change in changes.items()}

    assert codes == {
        "nothing": None,
        "pause": "paused_key",
        "resume": None,
        "elsewhere": "address_not_allowed",
        "here": None,
    }


@pytest.mark.parametrize("door", DOORS_FOR_FULL)
def test_changed_scopes_hold_on_the_next_request(consumer, crm, headers, door):
    codes = []
    for allowed in (["full"], ["read-only", "invoices"], ["full"]):
        api_keys.change(api_key=crm.api_key, by=By.system(), name="CRM", networks="", scopes=allowed)
        codes.append(code(consumer.get(DOORS_FOR_FULL[door], headers=headers)))

    assert codes == [None, "insufficient_scope", None]


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        ("read-only", "read-only", None),
        ("read-only invoices", "invoices", None),
        ("read-only invoices", "read-only%20invoices", None),
        ("read-only invoices", "read-only&scope=invoices", None),
        ("full", "read-only+invoices", None),
        ("full", "a-scope-of-tomorrow", None),
        ("read-only", "", None),
        ("read-only", "invoices", "insufficient_scope"),
        ("read-only", "read-only+invoices", "insufficient_scope"),
        ("read-only", "read-only&scope=invoices", "insufficient_scope"),
        ("read-only", "read", "insufficient_scope"),
        ("read-only", "READ-ONLY", "insufficient_scope"),
    ],
)
def test_a_key_has_to_hold_every_scope_that_is_asked_for(consumer, crm, headers, held, asked, expected):
    ApiKey.objects.update(scopes=held)

    assert code(consumer.get(f"/api/v1/verify?scope={asked}", headers=headers)) == expected


@pytest.mark.parametrize("door", DOORS_FOR_TWO)
def test_scopes_may_be_asked_for_in_one_text_with_a_space_between(consumer, crm, headers, door):
    codes = {}
    for held in ("read-only invoices", "read-only", "full"):
        ApiKey.objects.update(scopes=held)
        codes[held] = code(consumer.get(DOORS_FOR_TWO[door], headers=headers))

    assert codes == {"read-only invoices": None, "read-only": "insufficient_scope", "full": None}


def test_the_settings_may_name_them_in_one_text_too(settings):
    settings.ONCEKEYS_SCOPES = "read-only invoices full"
    settings.ONCEKEYS_PROTECTED_PATHS = "/api/ /hooks/"

    assert conf.scopes() == ("read-only", "invoices", "full")
    assert conf.protected_paths() == {"/api/": (), "/hooks/": ()}


@pytest.mark.parametrize("door", DOORS_BELOW)
def test_a_door_behind_the_middleware_does_not_count_again(consumer, crm, headers, door):
    with committed():
        consumer.get(DOORS_BELOW[door], headers=headers)

        with CaptureQueriesContext(connection) as queries:
            answer = consumer.get(DOORS_BELOW[door], headers=headers)

    assert answer.json()["key"] == crm.api_key.key_id
    assert len(queries) == 1
    assert [*KeyUsage.objects.values_list("outcome", "calls")] == [("accepted", 2)]


@pytest.mark.parametrize("door", DOORS_BELOW_FOR_FULL)
def test_behind_the_middleware_another_door_may_ask_for_more(consumer, crm, headers, door):
    in_full = consumer.get(DOORS_BELOW_FOR_FULL[door], headers=headers)
    ApiKey.objects.update(scopes="read-only")
    limited = consumer.get(DOORS_BELOW_FOR_FULL[door], headers=headers)

    assert (code(in_full), code(limited)) == (None, "insufficient_scope")


def test_behind_the_middleware_another_door_may_ask_for_an_environment(consumer, headers):
    assert code(consumer.get("/guarded/decorator/staging", headers=headers)) == "wrong_environment"


def test_a_service_behind_a_proxy_is_told_the_scopes(consumer, crm, headers):
    ApiKey.objects.update(scopes="read-only invoices")

    assert consumer.get("/api/v1/verify", headers=headers)["X-Oncekeys-Scopes"] == "read-only invoices"


def test_reasons_for_a_refusal_are_given_in_order(consumer, crm, acme, headers, settings):
    settings.ONCEKEYS_ENVIRONMENT = "staging"
    acme.disabled_at = timezone.now()
    acme.save()
    past = timezone.now() - timedelta(seconds=1)
    ApiKey.objects.update(paused_at=past, expires_at=past, addresses="203.0.113.9", scopes="read-only")

    codes = []
    for remedy in (
        lambda: ApiKey.objects.update(paused_at=None),
        lambda: ApiKey.objects.update(expires_at=None),
        lambda: type(acme).objects.update(disabled_at=None),
        lambda: setattr(settings, "ONCEKEYS_ENVIRONMENT", None),
        lambda: ApiKey.objects.update(addresses=""),
        lambda: ApiKey.objects.update(scopes="full"),
    ):
        codes.append(code(consumer.get("/full/decorator/sync", headers=headers)))
        remedy()

    assert codes == [
        "paused_key",
        "expired_key",
        "invalid_key",
        "wrong_environment",
        "address_not_allowed",
        "insufficient_scope",
    ]
    assert consumer.get("/full/decorator/sync", headers=headers).status_code == 200


@pytest.mark.parametrize("door", DOORS_FOR_FULL)
def test_a_call_without_the_scope_counts_as_refused_and_not_as_use(consumer, crm, headers, door):
    ApiKey.objects.update(scopes="read-only")

    with committed():
        for _ in range(2):
            consumer.get(DOORS_FOR_FULL[door], headers=headers)

    assert [*KeyUsage.objects.values_list("outcome", "calls")] == [("insufficient_scope", 2)]
    assert ApiKey.objects.get().last_used_at is None


@pytest.mark.parametrize("door", DOORS_FOR_FULL)
def test_to_ask_for_a_scope_costs_no_query_more(consumer, crm, headers, door):
    consumer.get(DOORS_FOR_FULL[door], headers=headers)

    with CaptureQueriesContext(connection) as queries:
        answer = consumer.get(DOORS_FOR_FULL[door], headers=headers)

    assert answer.status_code < 300
    assert len(queries) == 1


def test_in_drf_scopes_let_in_only_keys(consumer, signed_in, ada, crm, headers):
    person = signed_in(ada).get("/full/drf/alone")

    assert (person.status_code, person.json()) == (403, {"detail": "This asks for an API key."})
    assert consumer.get("/full/drf/alone").json() == {"detail": "Authentication credentials were not provided."}
    assert consumer.get("/full/drf/alone", headers=headers).status_code == 200


def test_in_drf_a_view_for_people_still_requires_scopes_of_keys(consumer, signed_in, ada, crm, acme, headers):
    url = "/full/drf/or-people"

    assert signed_in(ada).get(url).json() == {"user": ada.pk}
    assert consumer.get(url, headers=headers).json() == {"user": acme.service_user.pk}
    ApiKey.objects.update(scopes="read-only")
    assert code(consumer.get(url, headers=headers)) == "insufficient_scope"


def test_in_drf_the_permission_judges_a_key_that_came_another_way_as_well(crm, acme):
    request = APIRequestFactory().get("/")
    crm.api_key.scopes = "read-only"
    force_authenticate(request, user=acme.service_user, token=crm.api_key)

    answer = DrfViewForFull.as_view()(request).render()

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert b'"code": "insufficient_scope"' in answer.content
    assert b'"missing_scopes": ["full"]' in answer.content


def test_in_drf_a_view_that_forgot_its_scopes_fails(consumer, headers):
    with pytest.raises(ImproperlyConfigured, match="required_scopes"):
        consumer.get("/full/drf/forgotten", headers=headers)
