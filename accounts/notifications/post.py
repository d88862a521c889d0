"""Who gets mail about the keys of an account, and how it leaves: to each of them alone."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import Account, AuditEvent, Role, User
from accounts.notifications import key_events
from accounts.notifications.letter import Letter, message

logger = logging.getLogger(__name__)


def recipients(account: Account) -> list[User]:
    """Its owners and admins, but for those who do not want to be told."""
    managers = {"memberships__account": account, "memberships__role__in": (Role.OWNER, Role.ADMIN)}
    return list(User.objects.filter(**managers, is_active=True, wants_key_mail=True).order_by("pk"))


def messages(account: Account, compose: Callable[[User], Letter]) -> list[EmailMultiAlternatives]:
    """A mail for each of its recipients."""
    return [message(compose, person) for person in recipients(account)]


def tell_of(event_id: int) -> None:
    """Mail about something that was done with a key. Who cannot be reached keeps nobody else from it."""
    event = AuditEvent.objects.select_related("account", "actor", "api_key").get(pk=event_id)
    mails = messages(event.account, partial(key_events.letter, event))
    if mails:
        _send(mails)


def _send(mails: list[EmailMultiAlternatives]) -> None:
    try:
        with get_connection() as connection:
            deliver(mails, connection)
    except Exception as error:
        logger.warning("The mail server is away, so “%s” was not sent: %s", mails[0].subject, type(error).__name__)


def deliver(mails: Iterable[EmailMultiAlternatives], connection: BaseEmailBackend) -> int:
    """One after the other; what fails is logged. How many left."""
    return sum(_leaves(mail, connection) for mail in mails)


def _leaves(mail: EmailMultiAlternatives, connection: BaseEmailBackend) -> bool:
    try:
        return bool(connection.send_messages([mail]))
    except Exception as error:
        logger.warning("The mail “%s” to %s was not sent: %s", mail.subject, mail.to[0], type(error).__name__)
        return False
