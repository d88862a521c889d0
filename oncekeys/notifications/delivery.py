"""How an email leaves, and what is known of it afterwards."""

import logging
from collections.abc import Iterable
from threading import Lock

from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.dispatch import Signal

from oncekeys.notifications.email_failure import EmailFailure

logger = logging.getLogger(__name__)

Outcome = tuple[EmailMessage, EmailFailure | None]

# Sent for each email: `email` says to whom, `failure` is an EmailFailure, or None where the mail server took it.
delivered = Signal()


def new_connection() -> BaseEmailBackend:
    """The project's way to send email: since Django 6.1 its default mailer, before that its EMAIL_BACKEND."""
    if hasattr(django_mail, "mailers"):
        return django_mail.mailers.default
    return django_mail.get_connection()


def send(mail: EmailMessage, connection: BaseEmailBackend | None = None) -> EmailFailure | None:
    """None where the mail server took it; else why not, which the log says too."""
    try:
        (connection or new_connection()).send_messages([mail])
    except Exception as error:
        logger.warning("The email “%s” to %s was not sent: %s", mail.subject, mail.to[0], type(error).__name__)
        return EmailFailure.of(error)
    return None


def send_all(mails: list[EmailMessage]) -> list[Outcome]:
    """One after the other by one connection, each whatever becomes of the others."""
    try:
        with new_connection() as connection:
            return [(mail, send(mail, connection)) for mail in mails]
    except Exception as error:
        logger.warning("The mail server is away, so “%s” was not sent: %s", mails[0].subject, type(error).__name__)
        return [(mail, EmailFailure.of(error)) for mail in mails]


def note(outcomes: Iterable[Outcome]) -> bool:
    """Tell the project whether email reaches each person, so that its pages can say so. Returns whether all left."""
    outcomes = list(outcomes)
    for mail, failure in outcomes:
        delivered.send(EmailMessage, email=mail.to[0], failure=failure)
    return not any(failure for _, failure in outcomes)


def send_and_note(mail: EmailMessage) -> bool:
    return note([(mail, send(mail))])


# Of many who ask at once one waits for the mail server, so that a silent one can't hold every thread of the site.
_asking = Lock()


def mail_server_answers() -> bool:
    """Whether email can leave now, as far as can be told. Asks the mail server, and waits for EMAIL_TIMEOUT at most."""
    connection = new_connection()
    if not isinstance(connection, SmtpBackend):
        return True
    if not _asking.acquire(timeout=1):
        return False  # another thread still waits for it
    try:
        connection.open()
        connection.close()
    except Exception as error:
        logger.warning("The mail server is away: %s", type(error).__name__)
        return False
    finally:
        _asking.release()
    return True
