"""A key's name and limits can be changed later."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oncekeys.models import Account, ApiKey, AuditEvent
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.pages import HTMX, KEYS, dialog_of, words

pytestmark = pytest.mark.django_db

FORM = {"name": "Production CRM", "addresses": "", "scopes": ["full"]}


def test_the_dialog_shows_what_the_key_has_as_a_person_would_write_it(desk, acme, ada):
    api_key = api_keys.create(
        account=acme, by=By(ada), name="CRM", networks="203.0.113.7\n2001:db8::/32", scopes=["read-only"]
    ).api_key

    page = desk.get(dialog_of(api_key, "edit"))

    assert 'value="CRM"' in page.text
    assert "203.0.113.7\n2001:db8::/32</textarea>" in page.text
    assert 'value="read-only" ' in page.text.split("checked")[0]
    assert page.text.count("checked") == 1


def test_environment_and_expiry_are_facts_that_cannot_be_changed(desk, acme, ada):
    api_key = api_keys.create(account=acme, by=By(ada), name="CRM", expires=timedelta(days=30)).api_key

    page = words(desk.get(dialog_of(api_key, "edit")))
    desk.post(dialog_of(api_key, "edit"), {**FORM, "environment": "staging", "expires": ""})

    assert "Environment and expiry can’t be changed." in page
    row = ApiKey.objects.get()
    assert (row.name, row.environment) == ("Production CRM", "production")
    assert row.expires_at == api_key.expires_at


def test_changes_hold_from_the_next_request_on(desk, crm, client):
    desk.post(dialog_of(crm.api_key, "edit"), {**FORM, "addresses": "203.0.113.7"})

    refused = client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()})

    assert refused.json()["code"] == "address_not_allowed"


def test_after_changing_the_list_says_so(desk, crm):
    response = desk.post(dialog_of(crm.api_key, "edit"), {**FORM, "name": "CRM"}, follow=True)

    assert response.redirect_chain == [(KEYS, 302)]
    assert "“CRM” saved." in words(response)


def test_under_htmx_changing_empties_the_dialog_and_the_list_hears_of_it(desk, crm):
    response = desk.post(dialog_of(crm.api_key, "edit"), FORM, headers=HTMX)

    assert (response.status_code, response.content) == (200, b"")
    assert "api-keys-changed" in response.headers["HX-Trigger"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "billing"}, "There is already an active key called “billing”."),
        ({"addresses": "203.0.113.7\nmoon"}, "Line 2: “moon” isn’t an IP address or network."),
        ({"scopes": []}, "Choose at least one scope"),
        ({"scopes": ["moon"]}, "There is no scope “moon” here."),
    ],
)
def test_an_error_is_422_and_changes_nothing(desk, acme, ada, crm, change, sentence):
    api_keys.create(account=acme, by=By(ada), name="Billing")

    response = desk.post(dialog_of(crm.api_key, "edit"), {**FORM, **change})

    assert response.status_code == 422
    assert sentence in words(response)
    assert not AuditEvent.objects.filter(kind="api_key.changed").exists()


def test_full_access_can_be_kept_when_no_longer_declared(desk, crm, settings):
    settings.ONCEKEYS_SCOPES = ("orders:read",)

    page = desk.get(dialog_of(crm.api_key, "edit"))
    desk.post(dialog_of(crm.api_key, "edit"), {**FORM, "name": "CRM"})

    assert "Full access" in words(page)
    assert ApiKey.objects.get().scopes == "full"
    assert ApiKey.objects.get().name == "CRM"


def test_a_key_that_is_being_replaced_stays_as_it_is(desk, crm, ada):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1))

    response = desk.post(dialog_of(crm.api_key, "edit"), {**FORM, "name": "CRM"})

    assert response.status_code == 422
    assert "Another key has replaced this one" in words(response)
    crm.api_key.refresh_from_db()
    assert crm.api_key.name == "Production CRM"


def test_a_key_that_has_expired_stays_as_it_is(desk, crm):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(hours=1))

    page = desk.get(dialog_of(crm.api_key, "edit"))

    assert page.status_code == 200
    assert "This key has expired, so it can’t be changed." in words(page)
    assert "Save changes" not in page.text


def test_a_scope_no_longer_declared_can_be_kept_or_dropped(desk, acme, ada, settings):
    settings.ONCEKEYS_SCOPES = ["orders", "read-only"]
    api_key = api_keys.create(account=acme, by=By(ada), name="CRM", scopes=["orders", "read-only"]).api_key
    settings.ONCEKEYS_SCOPES = ["read-only"]

    shown = desk.get(dialog_of(api_key, "edit")).text
    kept = saved(desk, api_key, scopes=["orders", "read-only"])
    given_up = saved(desk, api_key, scopes=["read-only"])
    wanted_again = saved(desk, api_key, scopes=["orders", "read-only"])

    assert shown.count("checked") == 2
    assert (kept, given_up, wanted_again) == ("read-only orders", "read-only", "read-only")


def saved(desk, api_key, **change) -> str:
    """The scopes of the key, once it was tried to change it."""
    desk.post(dialog_of(api_key, "edit"), {**FORM, **change})
    api_key.refresh_from_db()
    return api_key.scopes


def test_a_key_deleted_while_its_change_waits_is_not_found(desk, crm, monkeypatch):
    monkeypatch.setattr(Account, "lock", lambda account: crm.api_key.wipe(at=timezone.now()))

    assert desk.post(dialog_of(crm.api_key, "edit"), {**FORM, "name": "CRM"}).status_code == 404
    assert ApiKey.objects.get().name == "Production CRM"


def test_a_taken_name_and_a_wrong_address_are_told_together(desk, acme, ada, crm):
    api_keys.create(account=acme, by=By(ada), name="Webshop")

    response = desk.post(dialog_of(crm.api_key, "edit"), {"name": "webshop", "addresses": "nowhere", "scopes": "full"})

    assert response.status_code == 422
    assert "There is already an active key called “webshop”." in words(response)
    assert "Line 1: “nowhere” isn’t an IP address or network." in words(response)
