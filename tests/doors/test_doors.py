"""Through whichever door a consumer comes, the answer is the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as configured
from django.db import connections
from django.test import AsyncClient, Client
from django.urls import path
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.generators import SchemaGenerator

from oncekeys.doors.openapi import SECURITY_SCHEMES
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey, AuditEvent, Environment
from oncekeys.services import api_keys
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.doors.every_door import DOORS, DOORS_FOR_FULL, DOORS_OF_THE_KEY_ITSELF, PROTECTED_PATHS, DrfView, ninja

pytestmark = pytest.mark.django_db

GUARDED = {name: url for name, url in DOORS.items() if name not in {"forward-auth", "test endpoint"}}
TOLD = ("Content-Type", "WWW-Authenticate", "Retry-After", "Cache-Control")


@pytest.fixture(autouse=True)
def doors(settings):
    settings.ROOT_URLCONF = "tests.doors.every_door"
    settings.MIDDLEWARE = [*configured.MIDDLEWARE, "oncekeys.doors.middleware.api_key_middleware"]
    settings.ONCEKEYS_PROTECTED_PATHS = PROTECTED_PATHS


@pytest.fixture
def consumer() -> Client:
    return Client(enforce_csrf_checks=True)


def awaited(call, *arguments, **options):
    """Return what an async call returns. It has its own thread, since the browser's tests leave a loop running here."""

    def go():
        try:
            return async_to_sync(call)(*arguments, **options)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(go).result()


def missing(**_):
    return {}


def malformed(crm, **_):
    return {"API-Key": crm.token.reveal()[:-1]}


def unknown(**_):
    return {"API-Key": Token.mint("live").reveal()}


def deleted(crm, **_):
    crm.api_key.wipe(at=timezone.now())
    return {"API-Key": crm.token.reveal()}


def expired(crm, **_):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return {"API-Key": crm.token.reveal()}


def paused(crm, **_):
    api_keys.pause(api_key=crm.api_key, by=By.system())
    return {"API-Key": crm.token.reveal()}


def from_elsewhere(crm, **_):
    ApiKey.objects.update(addresses="203.0.113.0/24")
    return {"API-Key": crm.token.reveal()}


def of_a_disabled_account(crm, acme, **_):
    acme.disabled_at = timezone.now()
    acme.save()
    return {"API-Key": crm.token.reveal()}


def of_the_other_environment(crm, settings, **_):
    settings.ONCEKEYS_ENVIRONMENT = "staging"
    return {"API-Key": crm.token.reveal()}


def over_plain_http(crm, settings, **_):
    settings.PUBLIC_URL = "https://keys.acme.example"
    return {"API-Key": crm.token.reveal()}


def two_credentials(crm, **_):
    return {"API-Key": crm.token.reveal(), "Authorization": f"Bearer {crm.token.reveal()}"}


def one_failure_too_many(settings, **_):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 0
    Client().get("/decorator/sync", headers=unknown())
    return unknown()


def without_the_database(crm, break_lookups, **_):
    break_lookups()
    return {"API-Key": crm.token.reveal()}


REFUSALS = {
    "missing_key": (missing, 401),
    "malformed_key": (malformed, 401),
    "invalid_key": (unknown, 401),
    "invalid_key (deleted)": (deleted, 401),
    "invalid_key (of a disabled account)": (of_a_disabled_account, 401),
    "expired_key": (expired, 401),
    "paused_key": (paused, 401),
    "wrong_environment": (of_the_other_environment, 403),
    "address_not_allowed": (from_elsewhere, 403),
    "https_required": (over_plain_http, 403),
    "ambiguous_credentials": (two_credentials, 400),
    "too_many_failures": (one_failure_too_many, 429),
    "unavailable": (without_the_database, 503),
}


EVERY_DOOR = {
    **{door: ("GET", url) for door, url in DOORS.items()},
    **{f"{door} for full": ("GET", url) for door, url in DOORS_FOR_FULL.items()},
    **DOORS_OF_THE_KEY_ITSELF,
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_the_same_through_every_door(consumer, crm, acme, settings, break_lookups, refusal):
    prepare, status = REFUSALS[refusal]
    headers = prepare(crm=crm, acme=acme, settings=settings, break_lookups=break_lookups)

    answers = {door: told(consumer.generic(*EVERY_DOOR[door], headers=headers)) for door in EVERY_DOOR}

    reference = answers["decorator"]
    assert reference[0] == status
    assert f'"code": "{refusal.split()[0]}"'.encode() in reference[1]
    assert {door: answer for door, answer in answers.items() if answer != reference} == {}


def test_every_door_refuses_a_key_without_the_scope(consumer, crm):
    headers = limited_to_reading(crm)

    answers = {door: told(consumer.get(url, headers=headers)) for door, url in DOORS_FOR_FULL.items()}

    reference = answers["decorator"]
    assert reference[0] == 403
    assert b'"code": "insufficient_scope"' in reference[1]
    assert 'Bearer realm="oncekeys", error="insufficient_scope", scope="full"' in reference[2]
    assert {door: answer for door, answer in answers.items() if answer != reference} == {}


def limited_to_reading(crm, **_):
    ApiKey.objects.update(scopes="read-only")
    return {"API-Key": crm.token.reveal()}


@pytest.mark.parametrize("door", DOORS)
def test_a_flood_does_not_fill_the_log(consumer, caplog, door):
    consumer.get(DOORS[door])
    consumer.get(DOORS[door], headers=unknown())

    assert caplog.messages == []


def told(answer) -> tuple[int, bytes, list[str | None]]:
    return answer.status_code, answer.content, [answer.get(name) for name in TOLD]


@pytest.mark.parametrize("door", GUARDED)
def test_a_key_opens_every_door_as_the_api_user_of_its_account(consumer, crm, acme, door):
    answer = consumer.get(GUARDED[door], headers={"Authorization": f"Bearer {crm.token.reveal()}"})

    assert answer.json() == {"user": acme.service_user.pk, "key": crm.api_key.key_id}


def test_forward_auth_says_in_headers_whose_key_it_is(consumer, crm):
    answer = consumer.get("/api/v1/verify", headers={"API-Key": crm.token.reveal()})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["X-Oncekeys-Account"] == "acme"
    assert answer["X-Oncekeys-Key"] == crm.api_key.key_id
    assert answer["X-Oncekeys-Environment"] == "production"
    assert answer["X-Oncekeys-Scopes"] == "full"


@pytest.mark.parametrize("door", DOORS)
def test_every_answer_to_a_key_that_expires_says_when(consumer, crm, door):
    headers = {"API-Key": crm.token.reveal()}
    assert "Oncekeys-Key-Expires" not in consumer.get(DOORS[door], headers=headers)

    expires_at = timezone.now() + timedelta(days=3)
    ApiKey.objects.update(expires_at=expires_at)

    assert consumer.get(DOORS[door], headers=headers)["Oncekeys-Key-Expires"] == http_date(expires_at.timestamp())


@pytest.mark.parametrize("door", DOORS)
def test_the_session_of_a_person_opens_no_door(signed_in, ada, door):
    assert signed_in(ada).get(DOORS[door]).json()["code"] == "missing_key"


@pytest.mark.parametrize("door", sorted(GUARDED.keys() - {"async Django Ninja"}))  # which answers GET alone
def test_a_key_needs_no_csrf_token(consumer, crm, door):
    assert consumer.post(DOORS[door], headers={"API-Key": crm.token.reveal()}).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "door", ["decorator", "async decorator", "decorated async class", "middleware", "async Django Ninja"]
)
def test_the_doors_are_the_same_under_asgi(crm, door):
    let_in = awaited(AsyncClient().get, DOORS_FOR_FULL[door], headers={"API-Key": crm.token.reveal()})
    refused = awaited(AsyncClient().get, DOORS[door])
    limited = awaited(AsyncClient().get, DOORS_FOR_FULL[door], headers=limited_to_reading(crm))

    assert let_in.json()["key"] == crm.api_key.key_id
    assert (refused.status_code, refused.json()["code"]) == (401, "missing_key")
    assert (limited.status_code, limited.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "door", ["async decorator", "async class", "decorated async class", "async Django Ninja", "middleware"]
)
def test_an_async_view_gets_the_api_user_despite_a_session(crm, acme, ada, door):
    client = AsyncClient()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = awaited(client.get, DOORS[door], headers={"API-Key": crm.token.reveal()})

    assert answer.json()["user"] == acme.service_user.pk


def test_in_drf_another_class_keeps_its_own_answer(consumer, db):
    answer = consumer.get("/drf/beside", headers={"Authorization": "Signature forged"})

    assert (answer.status_code, answer.json()) == (401, {"detail": "The signature is wrong."})


def test_in_drf_bearer_tokens_may_belong_to_another_class(consumer, crm, acme):
    url, key = "/drf/behind-bearer", crm.token.reveal()

    theirs = consumer.get(url, headers={"Authorization": "Bearer eyJhbGciOiJI.e30.c2lnbg"})
    ours = consumer.get(url, headers={"API-Key": key})
    mistyped = consumer.get(url, headers={"API-Key": key[:-1]})

    assert (theirs.status_code, theirs.json()) == (401, {"detail": "The token is out of date."})
    assert ours.json()["user"] == acme.service_user.pk
    assert mistyped.json()["code"] == "malformed_key"


def test_drf_spectacular_and_ninja_describe_how_to_present_a_key():
    drf = SchemaGenerator(patterns=[path("drf", DrfView.as_view())]).get_schema(public=True)
    assert drf["components"]["securitySchemes"] == SECURITY_SCHEMES
    assert drf["paths"]["/drf"]["get"]["security"] == [{name: []} for name in SECURITY_SCHEMES]

    (scheme,) = ninja.get_openapi_schema(path_prefix="")["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "API-Key")


def test_a_public_drf_view_stays_open(consumer, crm, acme):
    assert consumer.get("/drf/open").json() == {"user": None}
    assert consumer.get("/drf/open", headers={"API-Key": crm.token.reveal()}).json() == {"user": acme.service_user.pk}
    assert consumer.get("/drf/open", headers=unknown()).status_code == 401


def test_outside_the_protected_paths_the_middleware_ignores_keys(consumer, crm):
    assert consumer.get("/login/", headers={"API-Key": "garbage"}).status_code == 200
    assert consumer.get("/accounts/acme/", headers={"API-Key": crm.token.reveal()}).status_code == 302


def test_a_decorated_view_can_ask_for_an_environment(rf, crm, acme):
    from django.http import HttpResponse

    from oncekeys.doors.decorators import api_key_required

    view = api_key_required(environment=Environment.STAGING)(lambda request: HttpResponse("in"))
    staging = api_keys.create(account=acme, by=By.system(), name="Staging", environment=Environment.STAGING)

    assert view(rf.get("/", headers={"API-Key": crm.token.reveal()})).status_code == 403
    assert view(rf.get("/", headers={"API-Key": staging.token.reveal()})).content == b"in"


def test_a_key_sent_in_clear_is_noted_once_an_hour(consumer, crm, settings):
    headers = over_plain_http(crm, settings)

    for _ in range(3):
        with committed():
            consumer.get("/decorator/sync", headers=headers)
    with committed():
        consumer.get("/decorator/sync", headers=unknown())

    assert ApiKey.objects.get().last_used_at is None, "a refused request doesn't count as use"
    event = AuditEvent.objects.get(kind="api_key.exposed")
    assert (event.api_key, event.account, event.address) == (crm.api_key, crm.api_key.account, "127.0.0.1")


def test_a_key_sent_in_clear_is_refused_without_a_database_too(consumer, crm, settings, break_lookups):
    break_lookups()

    answer = consumer.get(DOORS["decorator"], headers=over_plain_http(crm=crm, settings=settings))

    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")


def test_too_many_failures_never_touch_a_valid_key(consumer, crm, settings):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 3
    codes = [consumer.get("/decorator/sync", headers=unknown()).json()["code"] for _ in range(5)]

    assert codes == ["invalid_key"] * 3 + ["too_many_failures"] * 2
    assert consumer.get("/decorator/sync", headers={"API-Key": crm.token.reveal()}).status_code == 200


def test_failures_of_one_address_do_not_count_for_another(consumer, settings):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 1
    for _ in range(2):
        consumer.get("/decorator/sync", headers=unknown())

    other = consumer.get("/decorator/sync", headers=unknown(), REMOTE_ADDR="203.0.113.9")

    assert other.json()["code"] == "invalid_key"


def test_an_ipv6_network_of_one_customer_is_one_source(consumer, settings):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 1

    codes = [
        consumer.get("/decorator/sync", headers=unknown(), REMOTE_ADDR=address).json()["code"]
        for address in ("2001:db8::1", "2001:db8::2:1", "2001:db8:1::1")
    ]

    assert codes == ["invalid_key", "too_many_failures", "invalid_key"]


@pytest.mark.parametrize(
    "forwarded", ["unknown", "_hidden", "not an address", "", "1.2.3.4.5", "[", "::1::", "9" * 9999]
)
def test_one_guesser_slows_down_no_other_client_whose_address_is_unknown(consumer, settings, forwarded):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 1
    settings.TRUSTED_PROXY_HOPS = 1

    def guess() -> str:
        return consumer.get("/decorator/sync", headers={**unknown(), "X-Forwarded-For": forwarded}).json()["code"]

    assert [guess() for _ in range(3)] == ["invalid_key"] * 3


def test_a_cache_that_is_away_decides_nothing(consumer, crm, monkeypatch):
    def gone(*args):
        raise ConnectionError

    monkeypatch.setattr("django.core.cache.cache.add", gone)

    assert consumer.get("/decorator/sync", headers=unknown()).json()["code"] == "invalid_key"
