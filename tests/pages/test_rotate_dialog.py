"""Rotating a key: how long the old one works on, and the new one shown once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Value
from django.utils import timezone

from dev.keyring import fill
from oncekeys.keys.argon2_pool import Busy
from oncekeys.models import ApiKey
from oncekeys.models.api_key import CLOCK
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.pages import HTMX, KEYS, WHOLE_KEY, dialog_of, words

pytestmark = pytest.mark.django_db

DAY = {"grace": "86400"}


def status_of(client, key: str) -> int:
    return client.get("/api/v1/test", headers={"API-Key": key}).status_code


def test_the_dialog_offers_the_four_grace_periods_and_a_day_at_first(desk, crm):
    page = desk.get(dialog_of(crm.api_key, "rotate"))

    for choice in ("Now", "After 1 hour", "After 24 hours", "After 7 days"):
        assert choice in words(page)
    assert 'value="86400" ' in page.text.split("checked")[0]


def test_each_choice_shows_its_end_in_the_persons_zone(desk, crm, monkeypatch):
    noon = datetime(2031, 6, 16, 14, 2, tzinfo=UTC)
    monkeypatch.setitem(CLOCK, "now", Value(noon))
    desk.cookies["timezone"] = "Asia/Kolkata"

    page = words(desk.get(dialog_of(crm.api_key, "rotate")))

    for moment in ("16 Jun 2031, 20:32", "17 Jun 2031, 19:32", "23 Jun 2031, 19:32"):
        assert moment in page


@pytest.mark.parametrize(
    ("left", "offered", "chosen"),
    [
        (timedelta(days=5), "Now After 1 hour After 24 hours When it expires 21 Jun 2031, 14:02", "86400"),
        (timedelta(hours=3), "Now After 1 hour When it expires 16 Jun 2031, 17:02", "86400"),
        (timedelta(minutes=20), "Now When it expires 16 Jun 2031, 14:22", "3600"),
    ],
)
def test_no_choice_goes_beyond_the_end_of_the_key(desk, crm, monkeypatch, left, offered, chosen):
    noon = datetime(2031, 6, 16, 14, 2, tzinfo=UTC)
    monkeypatch.setitem(CLOCK, "now", Value(noon))
    ApiKey.objects.update(expires_at=noon + left)

    page = desk.get(dialog_of(crm.api_key, "rotate"))

    shown = re.sub("The next request is refused |1[67] Jun 2031, 1[45]:02 ", "", words(page))
    assert offered in shown
    assert f'value="{chosen}" ' in page.text.split("checked")[0]


def test_looking_at_the_dialog_changes_nothing(desk, crm):
    for method in (desk.get, desk.head, desk.options):
        method(dialog_of(crm.api_key, "rotate"))

    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_the_successor_is_shown_once_as_at_creation_and_works(desk, client, crm, headers):
    response = desk.post(dialog_of(crm.api_key, "rotate"), DAY, headers=headers)

    assert "API Key Rotated Successfully" in words(response)
    assert "This key is displayed only once." in words(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert "api-keys-changed" in response.headers["HX-Trigger"]
    key = WHOLE_KEY.search(words(response))[0]
    assert status_of(client, key) == status_of(client, crm.token.reveal()) == 200
    assert key[-49:-6] not in desk.get(KEYS).text
    assert key[-49:-6] not in repr(dict(desk.session))


@pytest.mark.parametrize(("grace", "lasts"), [("3600", 1), ("86400", 24), ("604800", 168)])
def test_the_old_key_works_through_the_grace_period(desk, crm, grace, lasts):
    page = words(desk.post(dialog_of(crm.api_key, "rotate"), {"grace": grace}))

    successor = ApiKey.objects.get(replaces=crm.api_key)
    end = successor.created_at + timedelta(hours=lasts)
    crm.api_key.refresh_from_db()
    assert crm.api_key.expires_at == end
    assert f"The old key, {crm.api_key.public_id}, works until" in page
    assert f"{end:%H:%M}. Switch your application to the new key before then" in page


def test_without_a_grace_period_the_old_key_is_refused_at_once(desk, client, crm):
    page = words(desk.post(dialog_of(crm.api_key, "rotate"), {"grace": "0"}))

    assert status_of(client, crm.token.reveal()) == 401
    assert f"The old key, {crm.api_key.public_id}, no longer works." in page


@pytest.mark.parametrize("grace", ["", "1", "-1", "604801", "moon"])
def test_another_grace_period_is_422_and_changes_nothing(desk, crm, grace):
    response = desk.post(dialog_of(crm.api_key, "rotate"), {"grace": grace})

    assert response.status_code == 422
    assert "After 24 hours" in words(response)
    assert ApiKey.objects.count() == 1


def test_it_works_with_25_of_25_keys(desk, acme, crm):
    fill(acme, 25)

    response = desk.post(dialog_of(crm.api_key, "rotate"), DAY)

    assert WHOLE_KEY.search(words(response))
    assert acme.api_keys.active().count() == 25


def test_of_a_key_that_expires_the_dialog_says_when_the_new_one_will(desk, crm, monkeypatch):
    noon = datetime(2031, 6, 16, 14, 2, tzinfo=UTC)
    monkeypatch.setitem(CLOCK, "now", Value(noon))
    ApiKey.objects.update(created_at=noon - timedelta(days=80), expires_at=noon + timedelta(days=10))

    page = words(desk.get(dialog_of(crm.api_key, "rotate")))

    assert "The new key expires on 14 Sep 2031" in page


def test_an_unused_key_is_gone_at_once_and_the_dialog_says_so(desk, crm, ada):
    unused = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key

    page = desk.get(dialog_of(unused, "rotate"))
    response = desk.post(dialog_of(unused, "rotate"), {"grace": "0"})

    assert "This one hasn’t been used yet, so it stops working immediately." in words(page)
    assert crm.api_key.public_id in words(page)
    assert 'type="radio"' not in page.text
    assert WHOLE_KEY.search(words(response))
    unused.refresh_from_db()
    assert unused.deleted_at is not None


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_dialog_leads_to_an_old_key_that_still_works(desk, crm, ada, method):
    used = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key
    ApiKey.objects.filter(pk=used.pk).update(first_used_at=timezone.now())

    response = getattr(desk, method)(dialog_of(used, "rotate"), DAY)

    assert response.status_code == (200 if method == "get" else 422)
    assert f"The old key, {crm.api_key.public_id}, still works until" in words(response)
    assert dialog_of(crm.api_key, "delete") in response.text
    assert ApiKey.objects.count() == 2


def test_a_key_rotated_meanwhile_is_not_rotated_again(desk, crm, ada):
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key

    response = desk.post(dialog_of(crm.api_key, "rotate"), DAY)

    assert response.status_code == 422
    assert f"This key has already been rotated. {successor.public_id} replaces it." in words(response)


def test_a_paused_key_is_rotated_to_one_that_works_and_the_dialog_says_so(desk, client, crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    page = words(desk.get(dialog_of(crm.api_key, "rotate")))
    key = WHOLE_KEY.search(words(desk.post(dialog_of(crm.api_key, "rotate"), DAY)))[0]

    assert "The old key stays paused. The new one works from the start." in page
    assert status_of(client, key) == 200


def test_without_capacity_to_hash_nothing_is_rotated(desk, crm, monkeypatch):
    def busy(*args, **kwargs):
        raise Busy

    monkeypatch.setattr("oncekeys.services.minting.pool.run", busy)

    response = desk.post(dialog_of(crm.api_key, "rotate"), DAY)

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert ApiKey.objects.count() == 1
