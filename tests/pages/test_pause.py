"""Pausing a key, and resuming it with one click."""

import pytest

from oncekeys.models import ApiKey, AuditEvent
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import HTMX, KEYS, dialog_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def paused(crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))
    return crm


def answer_to(client, key) -> tuple[int, str | None]:
    response = client.get("/api/v1/test", headers={"API-Key": key.token.reveal()})
    return response.status_code, response.json().get("code")


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_looking_at_the_dialog_changes_nothing(desk, paused, name):
    for method in (desk.get, desk.head, desk.options):
        method(dialog_of(paused.api_key, name))

    assert ApiKey.objects.get().paused_at is not None
    assert AuditEvent.objects.filter(kind__in=["api_key.paused", "api_key.resumed"]).count() == 1


def test_the_dialog_says_what_pausing_does_and_that_it_can_be_undone(desk, crm):
    page = words(desk.get(dialog_of(crm.api_key, "pause")))

    assert "While it’s paused, any application using this key is refused." in page
    assert "the same key works again immediately" in page


def test_a_paused_key_is_refused_from_the_next_request_on(desk, crm, client):
    assert answer_to(client, crm) == (200, None)

    desk.post(dialog_of(crm.api_key, "pause"))

    assert answer_to(client, crm) == (401, "paused_key")


def test_a_resumed_key_is_let_in_from_the_next_request_on(desk, paused, client):
    desk.post(dialog_of(paused.api_key, "resume"))

    assert answer_to(client, paused) == (200, None)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("pause", "“Production CRM” is paused. Requests are refused until you resume it."),
        ("resume", "“Production CRM” is active again."),
    ],
)
def test_the_list_says_what_was_done(desk, crm, name, sentence):
    response = desk.post(dialog_of(crm.api_key, name), follow=True)

    assert response.redirect_chain == [(KEYS, 302)]
    assert sentence in words(response)


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_under_htmx_the_dialog_empties_and_the_list_hears_of_it(desk, crm, name):
    response = desk.post(dialog_of(crm.api_key, name), headers=HTMX)

    assert (response.status_code, response.content) == (200, b"")
    assert "api-keys-changed" in response.headers["HX-Trigger"]


def test_from_the_page_of_a_key_it_leads_back_there(desk, crm):
    own_page = f"{KEYS}keys/{crm.api_key.key_id}/"

    response = desk.post(f"{dialog_of(crm.api_key, 'pause')}?next={own_page}")

    assert response.headers["Location"] == own_page


@pytest.mark.parametrize("name", ["pause", "resume", "delete"])
@pytest.mark.parametrize("elsewhere", ["foo", "account_logout", "//evil.example", "https://evil.example/"])
def test_next_is_a_path_of_this_site_or_counts_for_nothing(desk, crm, name, elsewhere):
    response = desk.post(f"{dialog_of(crm.api_key, name)}?next={elsewhere}")

    assert (response.status_code, response.headers["Location"]) == (302, KEYS)


@pytest.mark.parametrize("name", ["edit", "rotate", "pause", "resume", "delete"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_deleted_key_has_no_dialogs(desk, crm, ada, name, method):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert getattr(desk, method)(dialog_of(crm.api_key, name)).status_code == 404
