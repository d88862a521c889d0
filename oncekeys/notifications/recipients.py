"""Recipients are the people who get email about an account's keys. Each gets an email of their own."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.mail import EmailMessage

from oncekeys.host import host
from oncekeys.models import Account, AuditEvent
from oncekeys.notifications import delivery, key_events
from oncekeys.notifications.message import Message, address_of, email


def emails(account: Account, compose: Callable[[Any], Message]) -> list[EmailMessage]:
    """One for each person who manages the account's keys."""
    return [email(compose, person) for person in host.managers(account) if address_of(person)]


def tell_of(event_id: int) -> None:
    """Email about something that was done with a key."""
    event = AuditEvent.objects.select_related("account", "actor", "api_key").get(pk=event_id)
    delivery.send(emails(event.account, partial(key_events.message, event)))
