"""A forgotten password, while the mail server is away."""

import pytest
from django.test import Client

from dev.mail_server import mail_server
from dev.ports import free_port
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db


def ask(email: str):
    return Client().post("/password/reset/", {"email": email}, follow=True)


@pytest.mark.parametrize("server", ["away", "silent"])
def test_it_does_not_reveal_who_has_an_account(ada, settings, server):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 1
    with mail_server(greets_after=600) as silent:
        settings.EMAIL_PORT = silent.port if server == "silent" else free_port()
        known, unknown = ask(ada.email), ask("nobody@acme.example")

    for answer in (known, unknown):
        assert "We can’t send email right now" in answer.text
        assert "on its way" not in answer.text
    assert known.status_code == unknown.status_code


def test_a_link_is_sent_once_the_mail_server_answers(ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        with committed():
            answer = ask(ada.email)

    assert "on its way" in answer.text
    assert len(server.received) == 1
