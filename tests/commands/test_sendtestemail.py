"""The email by which an operator sees that email leaves."""

import pytest
from django.core.management import CommandError, call_command

from dev.mail_server import mail_server
from dev.ports import free_port

SMTP = "django.core.mail.backends.smtp.EmailBackend"
TO = "you@example.com"


@pytest.fixture
def by_smtp(settings):
    """The site's settings, with a mail server at this port."""

    def set_port(port: int) -> None:
        settings.EMAIL_BACKEND = "accounts.outbox.EmailBackend"
        settings.POST_OFFICE = {"BACKENDS": {"default": SMTP}}
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

    return set_port


def test_a_test_email_leaves(by_smtp):
    with mail_server() as server:
        by_smtp(server.port)

        call_command("sendtestemail", TO)

    assert len(server.received) == 1


def test_where_the_mail_server_is_away_one_sentence_says_so(by_smtp):
    by_smtp(free_port())

    with pytest.raises(CommandError, match="the mail server can’t be reached"):
        call_command("sendtestemail", TO)


def test_where_the_mail_server_refuses_one_sentence_says_so(by_smtp):
    with mail_server(refuses=(TO,)) as server:
        by_smtp(server.port)

        with pytest.raises(CommandError, match="accept this email address"):
            call_command("sendtestemail", TO)
