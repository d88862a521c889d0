"""The pages of APIs & Webhooks, as a browser without JavaScript and htmx see them."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dev.keyring import fill
from oncekeys.keys.argon2_pool import Busy
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import HTMX, KEYS, NEW, words

pytestmark = pytest.mark.django_db

FORM = {"name": "Data warehouse", "environment": "production", "expires": ""}
KEY = re.compile(r"ok_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")


def test_an_account_without_keys_is_told_what_a_key_is_for(desk):
    page = words(desk.get(KEYS))

    assert "0 of 25 keys" in page
    assert "An API key lets an application work with Acme without anyone’s password." in page


def test_the_list_says_all_about_a_key_but_its_secret(desk, crm):
    page = words(desk.get(KEYS))

    for fact in ("1 of 25 keys", "Production CRM", crm.api_key.public_id, "Production", "Ada Lovelace", "Never"):
        assert fact in page
    assert crm.token.reveal()[-49:-6] not in page


def test_creating_shows_the_key_in_the_answer_itself(desk):
    response = desk.post(NEW, FORM)

    assert response.status_code == 200
    assert "API Key Created Successfully" in response.text
    assert KEY.search(words(response))
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_the_key_is_shown_by_that_answer_and_by_nothing_after(desk, headers):
    key = KEY.search(words(desk.post(NEW, FORM, headers=headers)))[0]

    later = [
        desk.get(url, headers=headers).text
        for url in (KEYS, NEW, "/accounts/acme/", "/accounts/acme/settings/activity/")
    ]

    assert not any(key[-49:-6] in page for page in later)
    assert key[-49:-6] not in repr(dict(desk.session))


def test_the_key_that_is_shown_works(desk, client):
    key = KEY.search(words(desk.post(NEW, FORM)))[0]

    assert client.get("/api/v1/test", headers={"API-Key": key}).json()["key"]["name"] == "Data warehouse"


def test_under_htmx_it_is_a_dialog_and_the_list_reloads(desk):
    form, created = desk.get(NEW, headers=HTMX), desk.post(NEW, FORM, headers=HTMX)

    assert form.text.strip().startswith("<dialog")
    assert created.text.strip().startswith("<dialog")
    assert "api-keys-changed" in created.headers["HX-Trigger"]
    assert "HX-Request" in form.headers["Vary"]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"name": "production CRM"}, "already an active key called “production CRM”"),
        ({"environment": "moon"}, "Select a valid choice"),
        ({"expires": "31"}, "Select a valid choice"),
    ],
)
def test_a_form_error_is_422_with_a_sentence_and_keeps_what_was_typed(desk, crm, headers, change, sentence):
    response = desk.post(NEW, {**FORM, "environment": "staging", "expires": "90", **change}, headers=headers)

    assert response.status_code == 422
    assert sentence in words(response)
    if "name" not in change:
        assert 'value="Data warehouse"' in response.text
    if "environment" not in change:
        assert re.search(r'value="staging"[^>]*checked', response.text)
    assert ApiKey.objects.count() == 1


def test_a_key_pasted_as_a_name_is_not_shown_back(desk, crm):
    response = desk.post(NEW, {**FORM, "name": crm.token.reveal()[:64]})

    assert response.status_code == 422
    assert "This looks like a key" in words(response)
    assert crm.token.reveal()[:64] not in response.text


def test_a_key_can_be_made_to_expire(desk, client):
    desk.post(NEW, {**FORM, "expires": "30"})

    left = ApiKey.objects.get().expires_at - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


def test_at_25_the_button_is_disabled_and_says_why(desk, acme):
    fill(acme, 25)

    page = desk.get(KEYS)

    assert "25 of 25 keys" in words(page)
    assert "You’ve reached the limit of 25 keys." in words(page)
    assert re.search(r"<button[^>]*disabled[^>]*>", page.text)
    assert NEW not in page.text


def test_at_25_the_server_refuses_all_the_same(desk, acme):
    fill(acme, 25)

    response = desk.post(NEW, FORM)

    assert response.status_code == 422
    assert "already has 25 keys" in words(response)
    assert 'value="Data warehouse"' in response.text


def test_deleting_asks_first_and_names_the_key(desk, crm):
    page = words(desk.get(f"{KEYS}keys/{crm.api_key.key_id}/delete/"))

    assert "Delete Key" in page
    assert "any application using this key will immediately lose access" in page
    assert "Production CRM" in page
    assert crm.api_key.public_id in page
    assert "Last used Never" in page


def test_looking_at_the_delete_page_changes_nothing(desk, crm):
    for method in (desk.get, desk.head, desk.options):
        method(f"{KEYS}keys/{crm.api_key.key_id}/delete/")

    crm.api_key.refresh_from_db()
    assert crm.api_key.deleted_at is None


def test_deleting_returns_to_the_list_and_says_so(desk, crm):
    response = desk.post(f"{KEYS}keys/{crm.api_key.key_id}/delete/", follow=True)

    assert response.redirect_chain == [(KEYS, 302)]
    assert "“Production CRM” was deleted." in words(response)
    assert crm.api_key.key_id not in desk.get(KEYS).text


def test_under_htmx_deleting_empties_the_dialog_and_the_list_hears_of_it(desk, crm):
    response = desk.post(f"{KEYS}keys/{crm.api_key.key_id}/delete/", headers=HTMX)

    assert (response.status_code, response.content) == (200, b"")
    assert "api-keys-changed" in response.headers["HX-Trigger"]
    assert "“Production CRM” was deleted." in words(desk.get(KEYS))


def test_a_deleted_key_cannot_be_deleted_again(desk, crm, ada):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert desk.get(f"{KEYS}keys/{crm.api_key.key_id}/delete/").status_code == 404


def test_a_name_is_shown_as_text_and_never_as_markup(desk, acme, ada):
    api_keys.create(account=acme, by=By(ada), name="<script>alert(1)</script>")

    assert "<script>alert(1)</script>" not in desk.get(KEYS).text


def test_a_new_key_waits_for_its_first_use_and_then_says_since_when(desk, crm):
    assert "Not used yet" in words(desk.get(KEYS))

    used = timezone.now()
    ApiKey.objects.update(first_used_at=used, last_used_at=used)

    assert f"Working since {used:%H:%M}" in words(desk.get(KEYS))


def test_moments_are_in_the_time_zone_of_the_browser(desk, crm):
    used = timezone.now()
    ApiKey.objects.update(first_used_at=used, last_used_at=used)
    desk.cookies["timezone"] = "Asia/Kolkata"

    local = used + timedelta(hours=5, minutes=30)
    assert f"Working since {local:%H:%M}" in words(desk.get(KEYS))


@pytest.mark.parametrize("zone", ["Nowhere/At-all", "../../etc/passwd", "", "America", "\x00"])
def test_a_time_zone_that_does_not_exist_is_ignored(desk, crm, zone):
    desk.cookies["timezone"] = zone

    assert desk.get(KEYS).status_code == 200


def test_an_expired_key_is_marked_and_counts_no_longer(desk, crm):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(days=1), created_at=timezone.now() - timedelta(days=9))

    page = words(desk.get(KEYS))

    assert "0 of 25 keys" in page
    assert "Expired" in page


def test_a_full_account_is_refused_without_hashing(desk, acme, monkeypatch):
    fill(acme, 25)
    monkeypatch.setattr("oncekeys.services.minting.pool.run", hashing_is_not_expected)

    response = desk.post(NEW, FORM)

    assert response.status_code == 422
    assert "already has 25 keys" in words(response)


def hashing_is_not_expected(*args, **kwargs):
    raise Busy


def test_without_capacity_to_hash_nothing_is_created(desk, monkeypatch):
    def busy(*args, **kwargs):
        raise Busy

    monkeypatch.setattr("oncekeys.services.minting.pool.run", busy)

    response = desk.post(NEW, FORM)

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert not ApiKey.objects.exists()
