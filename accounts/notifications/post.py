"""Who gets mail about the keys of an account: each of them alone."""

from collections.abc import Callable
from functools import partial

from django.core.mail import EmailMessage

from accounts.models import Account, AuditEvent, Role, User
from accounts.notifications import delivery, key_events
from accounts.notifications.letter import Letter, message


def recipients(account: Account) -> list[User]:
    """Its owners and admins, but for those who do not want to be told."""
    managers = {"memberships__account": account, "memberships__role__in": (Role.OWNER, Role.ADMIN)}
    return list(User.objects.filter(**managers, is_active=True, wants_key_mail=True).order_by("pk"))


def messages(account: Account, compose: Callable[[User], Letter]) -> list[EmailMessage]:
    """A mail for each of its recipients."""
    return [message(compose, person) for person in recipients(account)]


def tell_of(event_id: int) -> bool:
    """Mail about something that was done with a key. Returns whether all of it left."""
    event = AuditEvent.objects.select_related("account", "actor", "api_key").get(pk=event_id)
    mails = messages(event.account, partial(key_events.letter, event))
    return not mails or delivery.note(delivery.send_all(mails))
