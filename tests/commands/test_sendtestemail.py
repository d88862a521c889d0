"""The email by which an operator sees that email leaves."""

import pytest
from django.core.management import CommandError, call_command

from dev.mail_server import mail_server
from dev.ports import free_port

SMTP = "django.core.mail.backends.smtp.EmailBackend"
TO = "you@example.com"


def test_a_test_email_leaves(settings):
    with mail_server() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", server.port

        call_command("sendtestemail", TO)

    assert len(server.received) == 1


def test_where_the_mail_server_is_away_one_sentence_says_so(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", free_port()

    with pytest.raises(CommandError, match="the mail server can’t be reached"):
        call_command("sendtestemail", TO)


def test_where_the_mail_server_refuses_one_sentence_says_so(settings):
    with mail_server(refuses=(TO,)) as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", server.port

        with pytest.raises(CommandError, match="accept this email address"):
            call_command("sendtestemail", TO)
