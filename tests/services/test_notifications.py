"""Mail about keys: to the owners and admins of their account, after it is certain, and in nobody's way."""

import logging
import subprocess
import sys
from datetime import timedelta
from os import environ

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from post_office.models import Email

from accounts.models import Membership, Role, User
from dev.mail_server import mail_server
from dev.ports import free_port
from dev.servers import database_url
from oncekeys.models import Account, ApiKey, AuditEvent, AuditKind
from oncekeys.services import accounts, api_keys, audit, exposure, rotation
from oncekeys.services.by import By
from tests.pages import KEYS

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def told():
    """Return the emails since the last call: `told()`."""

    def read() -> list:
        told, mail.outbox = mail.outbox, []
        return told

    return read


@pytest.fixture
def key(crm, told):
    """Return a key whose creation was already emailed."""
    told()
    return crm.api_key


def both_forms(message) -> list[str]:
    return [message.body, message.alternatives[0].content]


def test_owners_and_admins_are_told_that_a_key_was_created(acme, ada, grace, bob, eve, told):
    api_keys.create(account=acme, by=By(grace, "203.0.113.9"), name="CRM")

    mails = told()

    assert [message.recipients() for message in mails] == [["ada@acme.example"], ["grace@acme.example"]]
    assert {message.subject for message in mails} == {"Grace Hopper created the API key “CRM” (Acme)"}


def test_the_mail_says_what_who_when_from_where_and_what_to_do(acme, ada, grace, told):
    created = api_keys.create(account=acme, by=By(grace, "203.0.113.9"), name="CRM")
    event = AuditEvent.objects.get(kind="api_key.created")

    for text in both_forms(told()[0]):
        for fact in (
            "Grace Hopper created the API key “CRM” (Acme)",
            created.api_key.public_id,
            "Grace Hopper (grace@acme.example)",
            f"{event.at:%-d %b %Y, %H:%M} UTC",
            "203.0.113.9",
            "If this wasn’t you or someone you trust, delete the key",
            "View “CRM”",
            f"http://127.0.0.1{KEYS}keys/{created.api_key.key_id}/",
            "http://127.0.0.1/accounts/acme/settings/activity/",
            "http://127.0.0.1/profile/",
        ):
            assert fact in text


def test_a_rotation_sends_one_email_about_both_keys(ada, key, told):
    created = rotation.rotate(api_key=key, by=By(ada), grace=DAY)
    key.refresh_from_db()

    (message,) = told()

    assert message.subject == "Ada Lovelace rotated the API key “Production CRM” (Acme)"
    for text in both_forms(message):
        assert key.public_id in text
        assert created.api_key.public_id in text
        assert f"works until {key.expires_at:%-d %b %Y, %H:%M} UTC" in text


def test_a_rotation_without_grace_says_that_the_old_key_is_refused(ada, key, told):
    rotation.rotate(api_key=key, by=By(ada), grace=timedelta())

    (message,) = told()

    assert "Old key: no longer works" in message.body


def test_a_predecessor_that_a_rotation_clears_away_is_not_told_of(ada, key, told):
    successor = rotation.rotate(api_key=key, by=By(ada), grace=DAY).api_key
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - DAY)
    told()

    rotation.rotate(api_key=successor, by=By(ada), grace=DAY)

    assert AuditEvent.objects.filter(kind="api_key.deleted", api_key=key).exists()
    assert [message.subject for message in told()] == ["Ada Lovelace rotated the API key “Production CRM” (Acme)"]


def test_a_deletion_is_told(ada, key, told):
    api_keys.delete(api_key=key, by=By(ada, "203.0.113.9"))

    (message,) = told()

    assert message.subject == "Ada Lovelace deleted the API key “Production CRM” (Acme)"
    assert "lost access" in message.body


def test_an_exposure_is_told(crm, ada, told):
    told()
    exposure.note(crm.token.reveal(), address="203.0.113.9")

    (message,) = told()

    assert message.subject == "The API key “Production CRM” was sent without encryption (Acme)"
    assert "By: someone who has the key\n" in message.body
    assert "Rotate the key now" in message.body


def test_what_changes_nothing_about_who_gets_in_for_good_is_not_mailed(acme, ada, key, told):
    api_keys.pause(api_key=key, by=By(ada))
    api_keys.resume(api_key=key, by=By(ada))
    api_keys.change(api_key=key, by=By(ada), name="Other", networks="", scopes=["full"])
    accounts.rename(account=acme, by=By(ada), name="Acme Logistics")

    assert told() == []


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (By.system(), "By: the system\n"),
        (By(None, is_key=True), "By: the key itself, through the API\n"),
    ],
)
def test_the_mail_says_so_when_it_was_no_person(acme, ada, key, told, by, words):
    api_keys.delete(api_key=key, by=by)

    assert words in told()[0].body


def test_a_mail_never_holds_the_secret(acme, ada, told):
    created = api_keys.create(account=acme, by=By(ada), name="CRM")

    (message,) = told()

    secret = created.token.reveal().split("_")[3]
    assert secret not in message.message().as_string() + "".join(both_forms(message))


@pytest.mark.parametrize("change", [{"wants_key_mail": False}, {"is_active": False}])
def test_inactive_people_and_those_who_opted_out_get_none(acme, ada, grace, told, change):
    User.objects.filter(pk=ada.pk).update(**change)

    api_keys.create(account=acme, by=By(ada), name="CRM")

    assert [message.to for message in told()] == [["grace@acme.example"]]


def test_an_admin_of_another_account_is_not_told_by_being_a_member_here(acme, ada, eve, told):
    Membership.objects.create(account=acme, user=eve)

    api_keys.create(account=acme, by=By(ada), name="CRM")

    assert [message.to for message in told()] == [["ada@acme.example"]]


def test_names_are_escaped_in_html_and_as_typed_in_text(acme, ada, told):
    User.objects.filter(pk=ada.pk).update(name="<b>Ada</b> & Co")
    Account.objects.filter(pk=acme.pk).update(name="Acme <script>")

    api_keys.create(account=acme, by=By(ada), name="R&D <img src=x>")

    (message,) = told()
    html = message.alternatives[0].content
    assert message.subject == "<b>Ada</b> & Co created the API key “R&D <img src=x>” (Acme <script>)"
    assert "<b>Ada</b> & Co (ada@acme.example)" in message.body
    assert "R&amp;D &lt;img src=x&gt;" in html
    assert not any(tag in html for tag in ("<img", "<script", "<b>"))


def test_a_name_cannot_add_a_header_or_a_fact(acme, ada, told):
    Account.objects.filter(pk=acme.pk).update(name="Acme\r\nBcc: eve@umbrella.example")
    User.objects.filter(pk=ada.pk).update(name="Ada\nFrom: 198.51.100.1")

    api_keys.create(account=acme, by=By(ada), name="CRM")

    (message,) = told()
    assert message.message()["Bcc"] is None
    assert message.recipients() == ["ada@acme.example"]
    assert "\nFrom:" not in message.body


def test_nothing_is_mailed_of_what_is_undone(acme, ada, told, caplog):
    with transaction.atomic():
        api_keys.create(account=acme, by=By(ada), name="CRM")
        transaction.set_rollback(True)

    assert (told(), caplog.text) == ([], "")


@pytest.mark.parametrize("server", ["away", "silent"])
def test_a_mail_server_that_is_away_changes_only_the_log(signed_in, acme, ada, settings, caplog, monkeypatch, server):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_TIMEOUT = None
    monkeypatch.setattr("oncekeys.notifications.delivery.SECONDS_FOR_MAIL_SERVER", 0.5)

    with mail_server(greets_after=600) as silent, caplog.at_level(logging.WARNING):
        settings.EMAIL_PORT = silent.port if server == "silent" else free_port()
        answer = signed_in(ada).post(f"{KEYS}keys/new/", {"name": "CRM", "environment": "production"})

    key = answer.context["created"].token.reveal()
    assert answer.status_code == 200
    assert ApiKey.objects.count() == 1
    (line,) = [line for line in caplog.text.splitlines() if "WARNING" in line]
    assert "was not sent: " in line
    assert "Traceback" not in caplog.text
    assert key not in caplog.text


def test_in_a_project_a_silent_mail_server_keeps_the_new_key_waiting_once(
    signed_in, acme, ada, managers, settings, caplog
):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_TIMEOUT = 0.5

    with mail_server(greets_after=600) as silent:
        settings.EMAIL_PORT = silent.port
        answer = signed_in(ada).post(f"{KEYS}keys/new/", {"name": "CRM", "environment": "production"})

    assert answer.context["created"].token.reveal()
    assert silent.visits == 1
    assert warnings(caplog) == [
        "The mail server is away, so the email “Ada Lovelace created the API key “CRM” (Acme)” to "
        f"{', '.join(managers)} was not sent: SMTPServerDisconnected"
    ]


def test_once_the_mail_server_has_gone_no_other_email_is_tried(acme, ada, managers, settings, caplog):
    settings.EMAIL_BACKEND = "tests.mailboxes.BreaksOnCrm"

    api_keys.create(account=acme, by=By(ada), name="CRM")

    (line,) = warnings(caplog)
    assert f"to {', '.join(managers)} was not sent: SMTPServerDisconnected" in line


@pytest.fixture
def managers(acme, ada, grace) -> list[str]:
    """Return the emails of three people who manage the account's keys."""
    katherine = User.objects.create(email="katherine@acme.example")
    Membership.objects.create(account=acme, user=katherine, role=Role.ADMIN)
    return [ada.email, grace.email, katherine.email]


def warnings(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "oncekeys.notifications.delivery"]


def test_a_refused_address_keeps_no_one_else_from_the_email(acme, ada, grace, told, settings, caplog):
    settings.EMAIL_BACKEND = "tests.mailboxes.RefusesAda"

    api_keys.create(account=acme, by=By(ada), name="CRM")

    assert [message.to for message in told()] == [["grace@acme.example"]]
    assert "ada@acme.example was not sent: SMTPRecipientsRefused" in caplog.text


def test_every_kind_that_is_mailed_has_its_words(acme, ada, key, told):
    for kind in ("created", "rotated", "deleted", "exposed"):
        audit.record_of_key(AuditKind(f"api_key.{kind}"), key, by=By(ada), mailed=True)

    assert len({message.subject for message in told()}) == 4


def test_a_pause_and_a_change_are_not_mailed(ada, key, told):
    api_keys.pause(api_key=key, by=By(ada))
    api_keys.change(api_key=key, by=By(ada), name="New name", networks="", scopes=["full"])

    assert told() == []


def test_a_command_queues_its_email_and_prints_only_the_key(acme, ada):
    done = subprocess.run(
        [sys.executable, "manage.py", "create_api_key", "acme", "CRM"],
        env={**environ, "DATABASE_URL": database_url(), "EMAIL_URL": "console:"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip().count("\n") == 0
    assert done.stdout.startswith("ok_live_")
    assert Email.objects.get().subject == "The system created the API key “CRM” (Acme)"
