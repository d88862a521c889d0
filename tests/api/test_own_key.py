"""`POST /api/v1/key/rotate` and `DELETE /api/v1/key`: what a key may do with itself."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from oncekeys.keys.argon2_pool import Busy
from oncekeys.models import ApiKey, AuditEvent, AuditKind
from oncekeys.services import api_keys
from oncekeys.services.by import By

pytestmark = pytest.mark.django_db

KEY, ROTATE, TEST = "/api/v1/key", "/api/v1/key/rotate", "/api/v1/test"
DAY = 86_400


@pytest.fixture
def consumer() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def rotate(consumer, crm):
    """Asks with a key, by default crm: `rotate(body, …)`; text and bytes are sent as they are."""

    def ask(body: object = None, *, key: str | None = None, content_type="application/json", headers=(), **options):
        sent = body if isinstance(body, str | bytes) else b"" if body is None else json.dumps(body)
        return consumer.generic(
            "POST",
            ROTATE,
            sent,
            content_type,
            headers={"API-Key": key or crm.token.reveal(), **dict(headers)},
            **options,
        )

    return ask


def works(key: str) -> bool:
    return Client().get(TEST, headers={"API-Key": key}).status_code == 200


def seconds_from_now(moment: str) -> float:
    return (datetime.fromisoformat(moment) - timezone.now()).total_seconds()


def test_a_key_that_asks_is_given_its_successor_and_both_work(rotate, crm):
    answer = rotate({"grace_seconds": 3600})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert "no-store" in answer["Cache-Control"]
    told = answer.json()
    successor = ApiKey.objects.get(replaces=crm.api_key)
    assert told == {
        "api_key": told["api_key"],
        "key": {"id": successor.key_id, "name": "Production CRM"},
        "environment": "production",
        "expires_at": None,
        "replaces": {"id": crm.api_key.key_id, "works_until": told["replaces"]["works_until"]},
    }
    assert told["api_key"].startswith(f"ok_live_{successor.key_id}_")
    assert 3540 < seconds_from_now(told["replaces"]["works_until"]) <= 3600
    assert works(told["api_key"])
    assert works(crm.token.reveal())


def test_without_grace_the_old_key_stops_at_once(rotate, crm):
    answer = rotate({"grace_seconds": 0})

    assert answer.json()["replaces"] == {"id": crm.api_key.key_id, "works_until": None}
    assert "Oncekeys-Key-Expires" not in answer
    assert works(answer.json()["api_key"])
    assert not works(crm.token.reveal())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", "application/json"),
        ("", "text/plain"),
        ("", "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ("{}", "application/json; charset=utf-8"),
    ],
)
def test_a_body_that_says_nothing_means_a_day(rotate, body, content_type):
    answer = rotate(body, content_type=content_type)

    assert DAY - 60 < seconds_from_now(answer.json()["replaces"]["works_until"]) <= DAY


@pytest.mark.parametrize("grace_seconds", [60, 60.0, 604_800])
def test_a_grace_period_is_a_whole_number_of_seconds_up_to_a_week(rotate, grace_seconds):
    works_until = rotate({"grace_seconds": grace_seconds}).json()["replaces"]["works_until"]

    assert grace_seconds - 60 < seconds_from_now(works_until) <= grace_seconds


def test_the_answer_says_in_its_header_too_when_the_old_key_will_end(rotate, crm):
    answer = rotate({"grace_seconds": 3600})

    expires_at = ApiKey.objects.get(pk=crm.api_key.pk).expires_at
    assert answer["Oncekeys-Key-Expires"] == http_date(expires_at.timestamp())


def test_by_the_key_itself_the_end_is_not_put_off(rotate):
    in_a_month = timezone.now() + timedelta(days=30)
    ApiKey.objects.update(expires_at=in_a_month, created_at=timezone.now() - timedelta(days=60))

    answer = rotate()

    assert abs(datetime.fromisoformat(answer.json()["expires_at"]) - in_a_month) < timedelta(seconds=1)


def test_a_read_only_key_rotates_itself_and_keeps_its_limits(rotate):
    ApiKey.objects.update(scopes="read-only", addresses="127.0.0.0/8")

    answer = rotate()

    successor = ApiKey.objects.get(key_id=answer.json()["key"]["id"])
    assert (successor.scopes, successor.addresses) == ("read-only", "127.0.0.0/8")


def test_the_record_says_that_the_key_did_it_itself_and_from_where(rotate, crm, acme):
    rotate(REMOTE_ADDR="203.0.113.9")

    event = AuditEvent.objects.get(kind=AuditKind.API_KEY_ROTATED)
    assert (event.api_key, event.by_key, event.address) == (crm.api_key, True, "203.0.113.9")


def test_a_key_that_was_rotated_already_is_told_so(rotate, crm, settings):
    successor = rotate().json()["key"]["id"]

    answer = rotate()

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "no-store" in answer["Cache-Control"]
    assert answer.json() == {
        "type": f"{settings.PUBLIC_URL}/api/#rotation_conflict",
        "title": "Key cannot be rotated",
        "status": 409,
        "code": "rotation_conflict",
        "detail": f"This key has already been rotated. ok_live_{successor} replaces it.",
    }
    assert ApiKey.objects.count() == 2


def test_a_new_key_that_rotates_itself_counts_as_in_use(rotate):
    """Its first request may be this one, which hasn't been written down yet."""
    successor = rotate().json()["api_key"]

    answer = rotate(key=successor)

    assert (answer.status_code, answer.json()["code"]) == (409, "rotation_conflict")
    assert "Delete it first, or wait" in answer.json()["detail"]
    assert works(successor)


def test_a_successor_may_be_rotated_once_the_old_key_is_gone(rotate, consumer, crm):
    successor = rotate().json()["api_key"]
    consumer.delete(KEY, headers={"API-Key": crm.token.reveal()})

    answer = rotate(key=successor)

    assert answer.status_code == 200
    assert works(answer.json()["api_key"])


INVALID = {
    "not JSON": "{grace_seconds: 60}",
    "not text": b"\xff",
    "white space": " ",
    "nested beyond reason": "[" * 1024,
    "a list": "[60]",
    "a number": "60",
    "null": "null",
    "text": '{"grace_seconds": "60"}',
    "true": '{"grace_seconds": true}',
    "nothing": '{"grace_seconds": null}',
    "a fraction": '{"grace_seconds": 0.5}',
    "not a number": '{"grace_seconds": NaN}',
    "infinite": '{"grace_seconds": 1e999}',
    "negative": '{"grace_seconds": -1}',
    "a second too long": '{"grace_seconds": 604801}',
    "beyond every clock": '{"grace_seconds": %s}' % ("9" * 900),
    "misspelt": '{"grace": 60}',
    "something besides": '{"grace_seconds": 60, "name": "CRM"}',
}


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
def test_an_invalid_body_is_refused_and_changes_nothing(rotate, body):
    answer = rotate(body)

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "invalid_request"
    assert answer.json()["detail"].endswith(".")
    assert ApiKey.objects.count() == 1


def test_no_answer_repeats_what_was_sent(rotate, crm):
    key = crm.token.reveal()

    answers = [rotate({key: 60}), rotate({"grace_seconds": key}), rotate(key)]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert [answer for answer in answers if key in answer.content.decode()] == []


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
def test_a_body_that_does_not_say_it_is_json_is_not_read(rotate, content_type):
    answer = rotate({"grace_seconds": 60}, content_type=content_type)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json()["detail"]
    assert ApiKey.objects.count() == 1


def test_a_body_has_a_bound(rotate):
    longest = "{}".ljust(1024)

    assert rotate(longest + " ").json()["code"] == "body_too_large"
    assert rotate(longest + " ").status_code == 413
    assert rotate(longest).status_code == 200


def test_a_body_in_chunks_is_refused_instead_of_overlooked(rotate):
    """Its length is unknown, so that Django would read none of it."""
    answer = rotate(headers={"Transfer-Encoding": "chunked"})

    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("trouble", [Busy, OperationalError])
@pytest.mark.parametrize(
    ("method", "url", "verb"),
    [("POST", ROTATE, "oncekeys.services.rotation.rotate"), ("DELETE", KEY, "oncekeys.services.api_keys.delete")],
)
def test_what_cannot_be_done_just_now_is_503_and_not_the_clients_fault(
    consumer, crm, monkeypatch, trouble, method, url, verb
):
    def fail(**_):
        raise trouble

    monkeypatch.setattr(verb, fail)

    answer = consumer.generic(method, url, headers={"API-Key": crm.token.reveal()})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert works(crm.token.reveal())


def test_a_key_can_revoke_itself_and_is_refused_from_then_on(consumer, crm, acme):
    headers = {"API-Key": crm.token.reveal()}

    answer = consumer.delete(KEY, headers=headers, REMOTE_ADDR="203.0.113.9")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "no-store" in answer["Cache-Control"]
    again = consumer.delete(KEY, headers=headers)
    assert (again.status_code, again.json()["code"]) == (401, "invalid_key")
    event = AuditEvent.objects.get(kind=AuditKind.API_KEY_DELETED)
    assert (event.api_key, event.by_key, event.address) == (crm.api_key, True, "203.0.113.9")


def test_a_key_revokes_no_other(consumer, crm, acme):
    other = api_keys.create(account=acme, by=By.system(), name="Billing")

    consumer.delete(KEY, {"key": {"id": other.api_key.key_id}}, headers={"API-Key": crm.token.reveal()})

    assert not works(crm.token.reveal())
    assert works(other.token.reveal())


@pytest.mark.parametrize(
    ("url", "allowed", "others"),
    [
        (ROTATE, "POST", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        (KEY, "DELETE", ["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"]),
    ],
)
def test_another_method_changes_nothing_and_is_told_which_to_use(consumer, crm, url, allowed, others):
    answers = [consumer.generic(method, url, headers={"API-Key": crm.token.reveal()}) for method in others]

    assert {(answer.status_code, answer["Allow"]) for answer in answers} == {(405, allowed)}
    assert ApiKey.objects.get().deleted_at is None
