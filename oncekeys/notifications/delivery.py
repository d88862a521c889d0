"""Delivery sends emails by Django's mail API, with whatever backend the project has."""

import logging
from collections.abc import Callable, Iterable
from contextlib import closing
from smtplib import SMTPConnectError, SMTPException, SMTPServerDisconnected

from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from oncekeys.models.transactions import alias, atomic, on_commit

logger = logging.getLogger(__name__)

# Where a project sets none. Otherwise a mail server that is silent would keep a new key from who asked for it.
SECONDS_FOR_MAIL_SERVER = 10


def new_connection() -> BaseEmailBackend:
    """The project's way to send email: since Django 6.1 its default mailer, before that its EMAIL_BACKEND."""
    connection = django_mail.mailers.default if hasattr(django_mail, "mailers") else django_mail.get_connection()
    if isinstance(connection, SmtpBackend):
        connection.timeout = connection.timeout or SECONDS_FOR_MAIL_SERVER
    return connection


def send_with_the_change(send: Callable[[], object]) -> None:
    """Send in the change's transaction where emails wait in the same database; else once it has committed.

    A backend says so by an attribute `database`. No failure undoes the change; each is logged.
    """
    if getattr(new_connection(), "database", None) == alias():
        _try(send)
    else:
        on_commit(send, robust=True)


def send(mails: Iterable[EmailMessage], connection: BaseEmailBackend | None = None) -> int:
    """Send each, whatever becomes of the others, but none after the mail server has gone. Return how many left.

    One connection carries them all, so that a request waits only once for a silent mail server.
    """
    mails = list(mails)
    if connection:
        return _send(mails, connection)
    if not mails:
        return 0
    connection = new_connection()
    try:
        connection.open()
    except Exception as error:
        _log_away(mails, error)
        return 0
    with closing(connection):
        return _send(mails, connection)


def _send(mails: list[EmailMessage], connection: BaseEmailBackend) -> int:
    sent = 0
    for number, mail in enumerate(mails):
        try:
            connection.send_messages([mail])
            sent += 1
        except Exception as error:
            if _is_away(error):
                _log_away(mails[number:], error)
                break
            logger.warning("The email “%s” to %s was not sent: %s", mail.subject, mail.to[0], type(error).__name__)
    return sent


def _is_away(error: Exception) -> bool:
    """Return whether the next email would fail too. Every other answer of a mail server is about one email."""
    if isinstance(error, SMTPException):
        return isinstance(error, (SMTPServerDisconnected, SMTPConnectError))
    return isinstance(error, OSError)


def _log_away(mails: list[EmailMessage], error: Exception) -> None:
    people = ", ".join(mail.to[0] for mail in mails)
    logger.warning(
        "The mail server is away, so the email “%s” to %s was not sent: %s",
        mails[0].subject,
        people,
        type(error).__name__,
    )


def _try(send: Callable[[], object]) -> None:
    try:
        with atomic():
            send()
    except Exception:
        logger.exception("An email could not be put into the outbox.")
