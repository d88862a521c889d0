"""Emails wait in the database, with the change they tell of, until they are sent. Through a real mail server."""

import logging
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_string
from email.policy import default

import pytest
from django.core.checks import run_checks
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from post_office.models import Email

from accounts import outbox
from accounts.models import User
from accounts.notifications.site import urgent
from accounts.services.erasure import erase
from dev.mail_server import mail_server
from dev.servers import ROOT, running_server, site_environment
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.at_once import at_once
from tests.pages import KEYS
from tests.soon import soon

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@acme.example"


def create_key(account, person, name="CRM"):
    return api_keys.create(account=account, by=By(person), name=name)


def make_due():
    """Make waiting emails due, as if time had passed."""
    Email.objects.update(scheduled_time=timezone.now() - timedelta(seconds=1))


def test_an_email_is_sent_once_and_is_then_gone(acme, ada, send_waiting):
    create_key(acme, ada)

    with mail_server() as server:
        send_waiting(server)
        send_waiting(server)

    (received,) = server.received
    assert f"To: {ADA}" in received
    assert "text/html" in received
    assert not Email.objects.exists()


def test_an_email_waits_exactly_if_its_change_is_committed(acme, ada, send_waiting):
    with transaction.atomic():
        create_key(acme, ada, "Undone")
        transaction.set_rollback(True)
    with transaction.atomic():
        create_key(acme, ada, "Done")
        waiting = Email.objects.count()

    assert waiting == 1
    assert "“Done”" in Email.objects.get().subject


@pytest.mark.parametrize("undone", [True, False])
def test_where_keys_have_another_database_an_email_waits_for_the_commit(acme, ada, settings, undone, send_waiting):
    settings.EMAIL_BACKEND = "tests.mailboxes.OutboxElsewhere"

    with transaction.atomic():
        create_key(acme, ada)
        assert not Email.objects.exists()
        transaction.set_rollback(undone)

    assert Email.objects.exists() is not undone


@contextmanager
def without_table(name):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {name}")


def test_a_failing_outbox_loses_no_change(acme, ada, send_waiting, caplog):
    with without_table("post_office_email"):
        created = create_key(acme, ada)

    assert ApiKey.objects.filter(pk=created.api_key.pk).exists()
    assert f"to {ADA} was not sent" in caplog.text


def test_names_in_an_email_are_never_run_as_a_template(acme, ada, send_waiting):
    name = "{{ 7|add:7 }}{% now %}"
    create_key(acme, ada, name)

    with mail_server() as server:
        send_waiting(server)

    email = message_from_string(server.received[0], policy=default)
    texts = [email["Subject"], *(part.get_content() for part in email.iter_parts())]
    assert [name in text for text in texts] == [True, True, True]


def test_an_answer_goes_where_the_email_says(send_waiting):
    EmailMessage("Subject", "Text", to=[ADA], reply_to=["help@acme.example", "grace@acme.example"]).send()

    with mail_server() as server:
        send_waiting(server)

    email = message_from_string(server.received[0], policy=default)
    assert email.get_all("Reply-To") == ["help@acme.example, grace@acme.example"]


def test_an_attachment_is_refused_rather_than_lost(send_waiting):
    message = EmailMessage("Subject", "Text", to=[ADA])
    message.attach("a.txt", "text")

    with pytest.raises(ValueError, match="no attachments"):
        message.send()


def test_emails_wait_for_a_mail_server_that_is_away(acme, ada, send_waiting, caplog):
    create_key(acme, ada)

    assert not send_waiting()
    assert "1 emails wait, since the mail server is away: ConnectionRefusedError" in caplog.text
    with mail_server() as server:
        send_waiting(server)

    assert len(server.received) == 1


def test_an_email_that_is_deferred_is_tried_again_later(acme, ada, grace, send_waiting, caplog):
    create_key(acme, ada)

    with mail_server(defers=(ADA,)) as server:
        send_waiting(server)
        send_waiting(server)
        assert [f"To: {to}" in server.received[0] for to in (ADA, grace.email)] == [False, True]
        server.defers = ()
        make_due()
        send_waiting(server)

    assert len(server.received) == 2
    assert caplog.text.count("was not sent; the next try is in 0:01:00") == 1


def levels(caplog) -> list[str]:
    return [record.levelname for record in caplog.records if record.name == "accounts.outbox"]


def test_an_email_that_is_refused_is_given_up_with_one_line(acme, ada, send_waiting, caplog):
    create_key(acme, ada)

    with mail_server(refuses=(ADA,)) as server:
        send_waiting(server)

    assert levels(caplog) == ["ERROR"]
    assert f"to {ADA} was given up after 1 tries" in caplog.text
    assert not Email.objects.exists()


def test_a_failure_that_cannot_be_noted_keeps_no_email_waiting(acme, ada, grace, send_waiting, caplog):
    create_key(acme, ada)

    with without_table("usersessions_usersession"), mail_server(defers=(ADA,)) as server:
        send_waiting(server)

    pause = Email.objects.get().scheduled_time - timezone.now()
    assert pause < timedelta(minutes=1)
    assert len(server.received) == 1
    assert f"to {ADA}: pages can’t show whether it was sent" in caplog.text


@pytest.mark.parametrize("trouble", ["defers", "is away"])
def test_an_email_is_given_up_after_a_day(acme, ada, send_waiting, caplog, trouble):
    create_key(acme, ada)
    Email.objects.update(created=timezone.now() - timedelta(hours=25))

    with mail_server(defers=(ADA,)) as server:
        send_waiting(server if trouble == "defers" else None)

    assert levels(caplog)[-1] == "ERROR"
    assert not Email.objects.exists()


def test_pauses_between_tries_become_longer(acme, ada, send_waiting):
    create_key(acme, ada)
    pauses = []

    with mail_server(defers=(ADA,)) as server:
        for _ in range(8):
            before = timezone.now()
            send_waiting(server)
            pauses.append(round((Email.objects.get().scheduled_time - before) / timedelta(minutes=1)))
            make_due()

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_of_several_senders_each_email_is_sent_by_one(acme, ada, send_waiting):
    for number in range(12):
        create_key(acme, ada, f"Key {number}")

    with mail_server() as server:
        at_once([lambda: send_waiting(server)] * 4)

    assert len(server.received) == 12
    assert not Email.objects.exists()


@contextmanager
def sender(server, log):
    """The service `docs/systemd/oncekeys-mail.service`."""
    unit = (ROOT / "docs" / "systemd" / "oncekeys-mail.service").read_text()
    (start,) = re.findall(r"^ExecStart=\S+/python (.*)$", unit, re.MULTILINE)
    command = [sys.executable, *start.split()]
    environment = {**site_environment(), "EMAIL_URL": f"{server.url}?timeout=5"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_service_sends_what_comes_and_stops_when_told(acme, ada, send_waiting, tmp_path):
    with mail_server() as server, sender(server, tmp_path / "log") as process:
        create_key(acme, ada)
        soon(lambda: server.received)
        process.terminate()

        assert process.wait(timeout=30) == 0


def test_an_email_outlives_a_sender_that_is_killed(acme, ada, send_waiting, tmp_path):
    create_key(acme, ada)
    with mail_server(greets_after=600) as silent, sender(silent, tmp_path / "log") as process:
        soon(lambda: silent.visits)
        process.kill()

    make_due()
    with mail_server() as server:
        send_waiting(server)

    assert len(server.received) == 1


def test_a_server_that_stops_has_lost_no_email(crm, grace, tmp_path):
    """Those of the pages, of the API, and of what is noted in the background."""
    with running_server(tmp_path / "log", EMAIL_URL="smtp://127.0.0.1:9/") as site:
        assert site.http.post("/api/v1/key/rotate", headers={"API-Key": crm.token.reveal()}).status_code == 200
        form = {"email": ADA, "csrfmiddlewaretoken": csrf_token(site)}
        assert site.http.post("/password/reset/", data=form).status_code == 302

    with mail_server() as server, sender(server, tmp_path / "sender"):
        soon(lambda: len(server.received) == 3)

    told = sorted(next(line for line in mail.splitlines() if line.startswith("To: ")) for mail in server.received)
    assert told == [f"To: {ADA}", f"To: {ADA}", f"To: {grace.email}"]


def csrf_token(site) -> str:
    return site.http.get("/password/reset/").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def test_people_see_that_emails_fail_until_one_arrives(signed_in, acme, ada, grace, send_waiting):
    browser = signed_in(ada)
    with mail_server(refuses=(ADA,)) as server:
        create_key(acme, grace)
        send_waiting(server)

    assert "the mail server doesn’t accept this email address" in browser.get(KEYS).text
    assert "couldn’t send our last email" not in signed_in(grace).get(KEYS).text
    assert "We can’t send them emails" in signed_in(grace).get("/accounts/acme/settings/members/").text

    with mail_server() as server:
        create_key(acme, grace, "ERP")
        send_waiting(server)
    assert len(server.received) == 2
    assert "couldn’t send our last email" not in browser.get(KEYS).text


def test_a_mail_server_that_is_away_says_nothing_but_a_line_in_the_log(signed_in, acme, ada, send_waiting, caplog):
    answer = signed_in(ada).post(f"{KEYS}keys/new/", {"name": "CRM", "environment": "production"})

    with caplog.at_level(logging.WARNING):
        send_waiting()

    key = answer.context["created"].token.reveal()
    assert levels(caplog) == ["WARNING"]
    assert "Traceback" not in caplog.text
    assert key not in caplog.text


def test_what_waits_for_a_person_goes_when_they_are_erased(acme, ada, grace, send_waiting):
    create_key(acme, ada)

    erase(grace.email)

    assert [email.to for email in Email.objects.all()] == [[ADA]]
    assert not User.objects.filter(email=grace.email).exists()


def test_emails_are_delayed_while_no_sender_runs(acme, ada, send_waiting):
    create_key(acme, ada)
    assert outbox.delayed_since() is None

    created = timezone.now() - timedelta(minutes=3)
    Email.objects.update(created=created)

    assert outbox.delayed_since() == created


def test_one_mailbox_that_defers_delays_no_others(acme, ada, send_waiting):
    create_key(acme, ada)
    Email.objects.update(created=timezone.now() - timedelta(minutes=3))

    with mail_server(defers=(ADA,)) as server:
        send_waiting(server)

    assert outbox.delayed_since() is None


def test_emails_about_people_do_not_wait_for_those_about_keys(client, acme, ada, send_waiting):
    create_key(acme, ada)
    Email.objects.update(created=timezone.now() - timedelta(minutes=3))

    with committed():
        answer = client.post("/password/reset/", {"email": ADA}, follow=True)
    with mail_server() as server:
        send_waiting(server)

    assert "on its way" in answer.text
    assert ["/password/reset/key/" in mail for mail in server.received] == [True, False]


def test_an_urgent_email_goes_before_the_rest_of_what_is_being_sent(acme, ada, send_waiting):
    for name in ("CRM", "ERP", "Shop"):
        create_key(acme, ada, name)

    def someone_forgets_their_password() -> bool:
        if len(server.received) == 1:
            urgent(EmailMessage("Forgotten", "Text", to=[ADA])).send()
        return False

    with mail_server() as server:
        send_waiting(server, is_stopping=someone_forgets_their_password)

    assert ["Subject: Forgotten" in mail for mail in server.received] == [False, True, False]


def test_a_run_by_a_crontab_sends_all_that_is_due(send_waiting, settings):
    outbox.EmailBackend().send_messages([EmailMessage("Subject", "Text", to=[ADA])] * 101)

    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        call_command("send_emails", once=True)

    assert len(server.received) == 101


def test_a_check_warns_of_emails_that_are_not_sent(acme, ada, send_waiting):
    create_key(acme, ada)
    fresh = found_by_check()
    Email.objects.update(created=timezone.now() - timedelta(minutes=3))

    assert (fresh, found_by_check()) == (0, 1)


def found_by_check() -> int:
    messages = run_checks(databases=["default"], include_deployment_checks=True)
    return sum(message.id == "accounts.W001" for message in messages)
