"""Warnings before a key expires: 14, 3 and 0 days, once each, by the database's clock."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from post_office.models import Email

from accounts.models import User
from dev.servers import database_url
from oncekeys.models import Account, ApiKey, ExpiryWarning
from oncekeys.services import api_keys, expiry_warnings, rotation
from oncekeys.services.by import By
from tests.at_once import at_once

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def key(crm) -> ApiKey:
    return crm.api_key


def leave(api_key: ApiKey, left: timedelta) -> None:
    """It has so much time left, by the database's clock."""
    ApiKey.objects.filter(pk=api_key.pk).update(expires_at=Now() + left)


def subjects() -> list[str]:
    """Return the subjects of a run's emails."""
    mail.outbox.clear()
    expiry_warnings.send()
    return [str(message.subject) for message in mail.outbox]


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (14 * DAY + HOUR, None),
        (14 * DAY - HOUR, "expires in 14 days"),
        (3 * DAY + HOUR, "expires in 3 days"),
        (3 * DAY - HOUR, "expires in 3 days"),
        (DAY + HOUR, "expires in 1 day"),
        (DAY - HOUR, "expires within 24 hours"),
        (HOUR, "expires within 24 hours"),
        (-HOUR, None),
    ],
)
def test_a_warning_comes_14_3_and_0_days_before(key, left, words):
    leave(key, left)

    assert subjects() == ([f"API key “Production CRM” of Acme {words}"] if words else [])


def test_a_key_that_never_expires_has_no_warning(key):
    assert subjects() == []


def test_a_key_has_each_warning_once_however_often_it_is_looked_for(key):
    sent = []
    for left in (15 * DAY, 14 * DAY, 12 * DAY, 3 * DAY, DAY + HOUR, 23 * HOUR, HOUR):
        leave(key, left)
        sent += subjects() + subjects()

    assert [subject.removeprefix("API key “Production CRM” of Acme expires ") for subject in sent] == [
        "in 14 days",
        "in 3 days",
        "within 24 hours",
    ]


def test_a_key_made_with_less_time_left_has_only_the_nearest_warning(key):
    leave(key, 2 * DAY)

    assert len(subjects()) == 1
    assert set(ExpiryWarning.objects.values_list("days", flat=True)) == {14, 3}
    assert subjects() == []


def test_the_warning_says_what_expires_when_and_what_to_do(key):
    ApiKey.objects.filter(pk=key.pk).update(last_used_at="2026-06-16T14:20:00Z")
    leave(key, 2 * DAY)
    key.refresh_from_db()

    subjects()

    (message,) = mail.outbox
    for text in (message.body, message.alternatives[0].content):
        for fact in (
            "API key “Production CRM” of Acme expires in 2 days",
            key.public_id,
            f"{key.expires_at:%-d %b %Y, %H:%M} UTC",
            "16 Jun 2026, 14:20 UTC",
            f"/integrations/apis-webhooks/keys/{key.key_id}/rotate/",
            "rotate it before then",
        ):
            assert fact in text


def test_owners_and_admins_who_want_it_are_warned_each_alone(key, ada, grace, bob, eve):
    leave(key, DAY)
    subjects()
    assert [message.recipients() for message in mail.outbox] == [["ada@acme.example"], ["grace@acme.example"]]

    User.objects.filter(pk=ada.pk).update(wants_key_mail=False)
    ExpiryWarning.objects.all().delete()
    subjects()
    assert [message.recipients() for message in mail.outbox] == [["grace@acme.example"]]


def test_a_warning_no_one_wanted_is_still_due_later(key, ada):
    User.objects.filter(pk=ada.pk).update(wants_key_mail=False)
    leave(key, 2 * DAY)
    assert subjects() == []

    User.objects.filter(pk=ada.pk).update(wants_key_mail=True)

    assert len(subjects()) == 1


def test_a_deleted_key_has_no_warning(key, ada):
    leave(key, DAY)
    api_keys.delete(api_key=key, by=By(ada))

    assert subjects() == []


def test_the_keys_of_a_disabled_account_have_no_warning(key, acme):
    leave(key, DAY)
    Account.objects.filter(pk=acme.pk).update(disabled_at=timezone.now())

    assert subjects() == []


def test_a_rotated_key_has_no_warning_and_its_successor_has_its_own(key, ada):
    leave(key, 2 * DAY)
    subjects()
    successor = rotation.rotate(api_key=key, by=By(ada), grace=DAY - HOUR).api_key
    leave(successor, 20 * DAY)
    assert subjects() == []

    leave(successor, 2 * DAY)

    assert len(subjects()) == 1
    assert successor.key_id in mail.outbox[0].body


def test_a_key_deleted_while_the_run_goes_on_has_no_warning(acme, ada, key, monkeypatch):
    leave(key, DAY)
    compose = expiry_warnings.recipients.emails

    def delete_meanwhile(*arguments):
        api_keys.delete(api_key=key, by=By(ada))
        return compose(*arguments)

    monkeypatch.setattr(expiry_warnings.recipients, "emails", delete_meanwhile)

    assert subjects() == []
    assert not ExpiryWarning.objects.exists()


@pytest.mark.parametrize("hours", [-36, 36])
def test_the_clock_of_the_process_does_not_matter(key, monkeypatch, hours):
    leave(key, 2 * DAY)
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + hours * HOUR)

    assert subjects() == ["API key “Production CRM” of Acme expires in 2 days"]
    assert set(ExpiryWarning.objects.values_list("days", flat=True)) == {14, 3}


def test_the_next_run_sends_what_failed_and_others_do_not_wait(acme, ada, key, settings, capsys, caplog):
    other = api_keys.create(account=acme, by=By(ada), name="CRM").api_key
    leave(key, DAY), leave(other, DAY)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.mailboxes.BreaksOnCrm"
    mail.outbox.clear()

    with pytest.raises(CommandError, match=r"^1 warning could not be sent; the log says why\."):
        call_command("send_expiry_warnings")

    assert capsys.readouterr().out == "Sent 1 warning.\n"
    assert [message.subject for message in mail.outbox] == ["API key “Production CRM” of Acme expires within 24 hours"]
    assert f"{other.public_id} expires was not sent: Unsent" in caplog.text
    settings.EMAIL_BACKEND = working
    assert subjects() == ["API key “CRM” of Acme expires within 24 hours"]


def test_the_command_says_how_many_it_sent(key, capsys):
    leave(key, DAY)
    call_command("send_expiry_warnings")
    call_command("send_expiry_warnings")

    assert capsys.readouterr().out == "Sent 1 warning.\nSent 0 warnings.\n"


def test_a_failed_email_does_not_warn_others_twice(key, grace, settings):
    leave(key, DAY)
    settings.EMAIL_BACKEND = "tests.mailboxes.RefusesAda"
    subjects()
    assert [message.to for message in mail.outbox] == [["grace@acme.example"]]

    assert subjects() == []


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_each_warning_once(acme, ada):
    for number in range(12):
        leave(api_keys.create(account=acme, by=By(ada), name=f"Key {number}").api_key, DAY)
    mail.outbox.clear()

    outcomes = at_once([expiry_warnings.send] * 4)

    assert sum(outcome.sent for outcome in outcomes) == 12
    assert [outcome.failed for outcome in outcomes] == [0] * 4
    assert len({message.subject for message in mail.outbox}) == len(mail.outbox) == 12


@pytest.mark.full  # as two runs do in one process
@pytest.mark.django_db(transaction=True)
def test_two_machines_at_once_send_each_warning_once(acme, ada):
    for number in range(6):
        leave(api_keys.create(account=acme, by=By(ada), name=f"Key {number}").api_key, DAY)
    environment = {**os.environ, "DATABASE_URL": database_url()}

    machines = [
        subprocess.Popen(
            [sys.executable, "manage.py", "send_expiry_warnings"], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [machine.communicate(timeout=60)[0] for machine in machines]

    assert [machine.returncode for machine in machines] == [0, 0]
    assert sum(int(words.split()[1]) for words in said) == 6
    assert Email.objects.count() == 6


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_run_waits_for_one_that_may_still_fail_and_then_sends_itself(acme, ada, key, monkeypatch):
    """Nothing is lost between two runs of which the first claims and fails."""
    leave(key, DAY)
    mail.outbox.clear()
    send, attempts = expiry_warnings.delivery.send, []

    def fail_at_first(mails, mailbox):
        attempts.append(len(attempts))
        if len(attempts) > 1:
            return send(mails, mailbox)
        wait_for_somebody_who_waits()
        return 0

    monkeypatch.setattr(expiry_warnings.delivery, "send", fail_at_first)

    outcomes = at_once([expiry_warnings.send] * 2)

    assert sorted((outcome.sent, outcome.failed) for outcome in outcomes) == [(0, 1), (1, 0)]
    assert len(mail.outbox) == 1


def wait_for_somebody_who_waits() -> None:
    """Wait until another transaction waits for the claim of this one."""
    for _ in range(10_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("No one waits.")
