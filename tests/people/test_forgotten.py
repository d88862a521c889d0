"""A forgotten password, while emails are not sent."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from dev.mail_server import mail_server
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db


def ask(email: str):
    with committed():
        return Client().post("/password/reset/", {"email": email}, follow=True)


def test_it_does_not_reveal_who_has_an_account(ada, send_waiting):
    ask(ada.email)
    Email.objects.update(created=timezone.now() - timedelta(minutes=3))

    known, unknown = ask(ada.email), ask("nobody@acme.example")

    for answer in (known, unknown):
        assert "We can’t send email right now" in answer.text
        assert "on its way" not in answer.text
    assert known.status_code == unknown.status_code


def test_a_link_is_sent_and_is_then_nowhere_in_the_database(ada, send_waiting):
    answer = ask(ada.email)
    waiting = Email.objects.get().message
    with mail_server() as server:
        send_waiting(server)

    assert "on its way" in answer.text
    assert "/password/reset/key/" in waiting
    assert "/password/reset/key/" in server.received[0]
    assert not Email.objects.exists()
