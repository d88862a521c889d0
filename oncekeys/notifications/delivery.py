"""Delivery sends emails by Django's mail API, with whatever backend the project has."""

import logging
from collections.abc import Callable, Iterable

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
    """Each whatever becomes of the others. Returns how many left."""
    connection = connection or new_connection()
    return sum(_send(mail, connection) for mail in mails)


def _send(mail: EmailMessage, connection: BaseEmailBackend) -> bool:
    try:
        connection.send_messages([mail])
    except Exception as error:
        logger.warning("The email “%s” to %s was not sent: %s", mail.subject, mail.to[0], type(error).__name__)
        return False
    return True


def _try(send: Callable[[], object]) -> None:
    try:
        with atomic():
            send()
    except Exception:
        logger.exception("An email could not be put into the outbox.")
