"""The old key of a rotation is never spoken of as if it were its application's only key."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from oncekeys.models import ApiKey
from oncekeys.services import api_keys, exposure, rotation
from oncekeys.services.by import By
from tests.pages import ACTIVITY, HTMX, KEYS, dialog_of, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(crm, ada):
    """A key in its grace period, and the one that replaces it."""
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key
    crm.api_key.refresh_from_db()
    told()
    return crm.api_key, successor


def told() -> list:
    """Return the emails since the last call."""
    sent, mail.outbox = mail.outbox, []
    return sent


def test_the_dialog_speaks_of_the_old_key_and_says_that_the_new_one_works(desk, pair):
    old, new = pair

    page = words(desk.get(dialog_of(old, "delete"), headers=HTMX))

    assert page.strip().startswith("Delete old key Production CRM")
    assert "This is the old key of “Production CRM”. Applications that still use it lose access immediately." in page
    assert f"The new key, {new.public_id}, still works." in page
    assert "Not sure?" not in page
    assert "any application using this key" not in page


def test_the_dialog_says_when_an_old_key_stopped_by_itself(desk, pair):
    old, _new = pair
    end = timezone.now() - timedelta(hours=1)
    ApiKey.objects.filter(pk=old.pk).update(expires_at=end)

    page = words(desk.get(dialog_of(old, "delete")))

    assert f"It stopped working on {end:%-d %b %Y, %H:%M}." in page
    assert "lose access" not in page


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({}, "still works"),
        ({"paused_at": timezone.now()}, "is paused"),
        ({"expires_at": timezone.now() - timedelta(hours=1)}, "has expired"),
    ],
    ids=["works", "paused", "expired"],
)
@pytest.mark.parametrize(
    ("act", "done"), [("delete", "was deleted."), ("pause", "is paused. Requests are refused until you resume it.")]
)
def test_the_notice_names_both_keys_and_what_becomes_of_the_new_one(desk, pair, act, done, change, fate):
    old, new = pair
    ApiKey.objects.filter(pk=new.pk).update(**change)

    page = words(desk.post(dialog_of(old, act), follow=True))

    assert f"The old key of “Production CRM”, {old.public_id}, {done}" in page
    assert f"The new key, {new.public_id}, {fate}." in page


def test_the_mail_names_the_old_key_and_says_that_the_new_one_works(desk, pair):
    old, new = pair

    desk.post(dialog_of(old, "delete"))

    (message,) = told()
    assert message.subject == "Ada Lovelace deleted the old API key of “Production CRM” (Acme)"
    for text in (message.body, message.alternatives[0].content):
        assert old.public_id in text
        assert f"The new key, {new.public_id}, still works." in text
        assert "create another key" not in text


@pytest.mark.parametrize(("act", "who"), [("api", "API key"), ("command", "The system")])
def test_revoking_it_by_api_or_command_is_told_in_the_same_words(client, crm, pair, act, who, capsys):
    old, new = pair

    if act == "api":
        assert client.delete("/api/v1/key", headers={"API-Key": crm.token.reveal()}).status_code == 204
    else:
        call_command("delete_api_key", "acme", old.key_id)
        assert f"Deleted the old key {old}. The new key, {new.public_id}, still works." in capsys.readouterr().err

    (message,) = told()
    assert message.subject == f"{who} deleted the old API key of “Production CRM” (Acme)"
    assert f"The new key, {new.public_id}, still works." in message.body


def test_the_activity_says_that_it_was_the_old_key(desk, pair):
    old, new = pair
    for act in ("pause", "resume", "delete"):
        desk.post(dialog_of(old, act))

    page = words(desk.get(ACTIVITY))

    for kind in ("Old API key deleted", "Old API key paused", "Old API key resumed"):
        assert f"{kind} Production CRM The new key, {new.public_id}, kept working." in page


def test_pausing_and_resuming_it_speak_of_the_old_key(desk, pair):
    old, new = pair

    pause = words(desk.get(dialog_of(old, "pause"), headers=HTMX))
    desk.post(dialog_of(old, "pause"))
    resume = words(desk.get(dialog_of(old, "resume"), headers=HTMX))

    assert "Pause old key" in pause
    assert "applications that still use it are refused" in pause
    assert f"The new key, {new.public_id}, still works." in pause
    assert "Resume old key" in resume
    assert f"until {old.expires_at:%-d %b %Y, %H:%M}." in resume


def test_an_old_key_sent_in_clear_is_not_to_be_rotated(crm, pair):
    exposure.note(crm.token.reveal(), address="203.0.113.9")

    (message,) = told()

    assert message.subject == "The old API key of “Production CRM” was sent without encryption (Acme)"
    assert "use the new key over HTTPS, then delete the old key" in message.body
    assert "Rotate" not in message.body


def test_its_page_says_which_key_is_the_new_one(desk, pair):
    old, new = pair

    page = words(desk.get(f"{KEYS}keys/{old.key_id}/"))

    assert f"This is the old key of “Production CRM”. The new key, {new.public_id}, still works." in page


def test_once_the_new_key_is_deleted_it_is_the_only_one_again(desk, pair, ada):
    old, new = pair
    api_keys.delete(api_key=new, by=By(ada))
    told()

    page = words(desk.get(dialog_of(old, "delete")))
    desk.post(dialog_of(old, "delete"))

    assert "any application using this key will immediately lose access" in page
    assert told()[0].subject == "Ada Lovelace deleted the API key “Production CRM” (Acme)"
