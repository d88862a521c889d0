"""Mail about keys: to the owners and admins of their account, after it is certain, and in nobody's way."""

import logging
import socket
import subprocess
import sys
from datetime import timedelta
from os import environ

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, User
from dev.mail_server import mail_server
from dev.ports import free_port
from dev.servers import database_url, running_server
from oncekeys.models import Account, ApiKey, AuditEvent, AuditKind
from oncekeys.services import accounts, api_keys, audit, exposure, rotation
from oncekeys.services.by import By
from tests.pages import KEYS
from tests.soon import soon

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def told():
    """What was mailed since the last time: `told()`."""

    def read() -> list:
        told, mail.outbox = mail.outbox, []
        return told

    return read


@pytest.fixture
def key(crm, told):
    """A key whose creation was told of already."""
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
            "If it was not you or somebody you trust, delete the key",
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

    assert "Old key: refused from now on" in message.body


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
    assert "refused from now on" in message.body


def test_an_exposure_is_told(crm, ada, told):
    told()
    exposure.note(crm.token.reveal(), address="203.0.113.9")

    (message,) = told()

    assert message.subject == "The API key “Production CRM” was sent without encryption (Acme)"
    assert "By: someone who holds the key\n" in message.body
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
        (By(None, is_key=True), "By: the key itself, by the API\n"),
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


def test_a_mail_server_that_is_away_changes_nothing_but_the_log(signed_in, acme, ada, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    with caplog.at_level(logging.WARNING):
        answer = signed_in(ada).post(f"{KEYS}keys/new/", {"name": "CRM", "environment": "production"})

    key = answer.context["created"].token.reveal()
    assert answer.status_code == 200
    assert ApiKey.objects.count() == 1
    (line,) = [line for line in caplog.text.splitlines() if "WARNING" in line]
    assert line.endswith("was not sent: ConnectionRefusedError")
    assert "Traceback" not in caplog.text
    assert key not in caplog.text


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


def test_a_command_sends_its_mail_before_it_ends_and_prints_the_key_alone(acme, ada):
    done = subprocess.run(
        [sys.executable, "manage.py", "create_api_key", "acme", "CRM"],
        env={**environ, "DATABASE_URL": database_url(), "EMAIL_URL": "console:"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip().count("\n") == 0
    assert done.stdout.startswith("ok_live_")
    assert "Email to ada@acme.example: The system created the API key “CRM” (Acme) · http" in done.stderr


def test_a_mail_server_that_is_silent_keeps_no_write_waiting(crm, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail_server = f"smtp://127.0.0.1:{silent.getsockname()[1]}?timeout=120"
        with running_server(tmp_path / "log", EMAIL_URL=mail_server) as server:
            key = {"API-Key": crm.token.reveal()}
            successor = server.http.post("/api/v1/key/rotate", headers=key).json()["api_key"]
            held, _ = silent.accept()
            server.test(successor)

            with held:
                assert soon(lambda: ApiKey.objects.filter(replaces=crm.api_key, first_used_at__isnull=False))


def create_a_key(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "create_api_key", "acme", "CRM"],
        env={**environ, "DATABASE_URL": database_url(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_waits_for_a_slow_mail_server(acme, ada):
    with mail_server(greets_after=4) as server:
        done = create_a_key(EMAIL_URL=server.url)

    assert (done.returncode, len(server.received)) == (0, 1), done.stderr


@pytest.mark.parametrize("away", ["refuses", "is silent"])
def test_a_command_whose_email_does_not_leave_says_so_and_fails(acme, ada, away):
    with mail_server(greets_after=600) as silent:
        address = f"smtp://127.0.0.1:{free_port()}" if away == "refuses" else f"{silent.url}?timeout=1"
        done = create_a_key(EMAIL_URL=address)

    assert done.returncode == 1
    assert done.stdout.startswith("ok_live_")
    assert "The work is done, but 1 event could not be told by email" in done.stderr
    assert "Traceback" not in done.stderr


def test_people_see_that_emails_fail_until_one_arrives(signed_in, acme, ada, grace, settings, told):
    told()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    browser = signed_in(ada)
    with mail_server(refuses=("ada@acme.example",)) as server:
        settings.EMAIL_PORT = server.port
        api_keys.create(account=acme, by=By(grace), name="CRM")

        assert [f"To: {to}" in server.received[0] for to in (grace.email, ada.email)] == [True, False]
    assert "the mail server doesn’t accept this email address" in browser.get(KEYS).text
    assert "wasn’t sent" not in signed_in(grace).get(KEYS).text
    assert "Emails to them aren’t sent" in signed_in(grace).get("/accounts/acme/settings/members/").text

    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        api_keys.create(account=acme, by=By(grace), name="ERP")
        assert len(server.received) == 2
    assert "wasn’t sent" not in browser.get(KEYS).text
