"""The site's mail backend: emails wait in its database until `manage.py send_emails` has sent them.

A row is written in the transaction of what its email is about, and deleted once the mail server took the email. The
table and the sending of a row are django-post-office's. See decision 13.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import router
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from post_office.mail import get_queued
from post_office.models import PRIORITY, STATUS, Email
from post_office.settings import get_backend

from accounts import mail_failures
from accounts.models.email_failure import EmailFailure

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=1)
# A sender that was killed leaves its email to the others after this time.
CLAIM = timedelta(minutes=10)
# An email that is due is sent within seconds. If one waits longer, no sender runs or the mail server is away.
DELAYED_AFTER = timedelta(minutes=2)

HTML = "text/html"


class EmailBackend(BaseEmailBackend):
    """Puts emails into the outbox. They have a text, perhaps the same as HTML, and no attachments."""

    @property
    def database(self) -> str:
        """Return the database in whose transactions it writes."""
        return router.db_for_write(Email)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Not by the library's backend: it would run a subject or a text, with the names in it, as a template."""
        return len(Email.objects.bulk_create([_row(message) for message in email_messages]))


def _row(message: EmailMessage) -> Email:
    if message.attachments:
        raise ValueError("The outbox takes no attachments.")
    alternatives = {kind: content for content, kind in getattr(message, "alternatives", [])}
    return Email(
        from_email=message.from_email,
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        subject=str(message.subject),
        message=str(message.body),
        html_message=alternatives.get(HTML, ""),
        headers=_headers(message),
        priority=PRIORITY.high if getattr(message, "is_urgent", False) else PRIORITY.medium,
        status=STATUS.queued,
    )


def _headers(message: EmailMessage) -> dict[str, str]:
    reply_to = {"Reply-To": ", ".join(map(str, message.reply_to))} if message.reply_to else {}
    return {**reply_to, **message.extra_headers}


def is_delayed() -> bool:
    """Return whether an email that someone waits for would be late. Others don't matter: they are sent after it."""
    return _due(timezone.now() - DELAYED_AFTER).filter(priority__gte=PRIORITY.high).exists()


def delayed_since() -> datetime | None:
    """Return since when the oldest email waits that should have been sent by now; None if there is none."""
    return _due(timezone.now() - DELAYED_AFTER).order_by("due").values_list("due", flat=True).first()


def is_due(at: datetime) -> bool:
    """Return whether an email still waits that was due then."""
    return _due(at).exists()


def _due(at: datetime) -> QuerySet[Email]:
    queued = Email.objects.filter(status=STATUS.queued)
    return queued.annotate(due=Coalesce("scheduled_time", "created")).filter(due__lte=at)


def forget(emails: set[str]) -> None:
    """Drop the waiting emails to these people."""
    Email.objects.filter(to__in=emails).delete()


def send_due(*, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Try once to send the emails that are due, 100 at most. Returns whether the mail server was there.

    Several processes may do this at once. Between two emails, `is_stopping` is asked, and what is urgent goes first.
    """
    due = list(get_queued())
    if not due:
        return True
    try:
        connection = transport()
        connection.open()
    except Exception as error:
        logger.warning("%d emails wait, since the mail server is away: %s", len(due), type(error).__name__)
        _wait_for_mail_server(due, error)
        return False
    try:
        for _ in due:
            if is_stopping() or not (email := get_queued().first()):
                break
            if _claim(email):
                _send(email, connection)
    finally:
        connection.close()
    return True


def transport() -> BaseEmailBackend:
    """Return the backend that sends emails."""
    return get_connection(get_backend())


def _claim(email: Email) -> bool:
    """Claim the email for this process, and return whether that worked: one of several processes gets it."""
    unclaimed = Email.objects.filter(
        pk=email.pk, scheduled_time=email.scheduled_time, number_of_retries=email.number_of_retries
    )
    email.number_of_retries = (email.number_of_retries or 0) + 1
    claim = {"scheduled_time": timezone.now() + CLAIM, "number_of_retries": email.number_of_retries}
    return unclaimed.update(**claim) == 1


def _send(email: Email, connection: BaseEmailBackend) -> None:
    try:
        email.dispatch(commit=False, disconnect_after_delivery=False, connection=connection)
    except Exception as error:
        connection.close()  # the next email gets a new one
        if _is_final(error) or _is_old(email):
            _give_up(email, error)
        else:
            _try_again(email, error)
        _note(email, EmailFailure.of(error))
    else:
        _row_of(email).delete()
        _note(email, None)


def _wait_for_mail_server(due: list[Email], error: Exception) -> None:
    for email in due:
        if _is_old(email):
            _give_up(email, error)
        _note(email, EmailFailure.of(error))


def _is_final(error: Exception) -> bool:
    """Return whether the mail server rules out another try: RFC 5321, 4.2.1."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def _is_old(email: Email) -> bool:
    return email.created < timezone.now() - GIVE_UP_AFTER


def _try_again(email: Email, error: Exception) -> None:
    """After 1, 2, 4, 8, 16 and 32 minutes, then each hour."""
    pause = min(timedelta(minutes=1) * 2 ** (email.number_of_retries - 1), LONGEST_PAUSE)
    _row_of(email).update(scheduled_time=timezone.now() + pause)
    logger.warning("%s was not sent; the next try is in %s: %s", _name(email), pause, type(error).__name__)


def _give_up(email: Email, error: Exception) -> None:
    """Its link, if it has one, must not stay in the database."""
    _row_of(email).delete()
    logger.error("%s was given up after %d tries: %s", _name(email), email.number_of_retries or 0, error)


def _row_of(email: Email) -> QuerySet[Email]:
    return Email.objects.filter(pk=email.pk)


def _name(email: Email) -> str:
    return f"The email “{email.subject}” to {', '.join(email.to)}"


def _note(email: Email, failure: EmailFailure | None) -> None:
    """Let pages know. If that fails, the next emails are sent all the same."""
    try:
        for address in email.to:
            mail_failures.note(address, failure, tries=email.number_of_retries or 0)
    except Exception:
        logger.exception("%s: pages can’t show whether it was sent.", _name(email))
