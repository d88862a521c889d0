"""An email to one person, as text and as HTML. Both are laid out from the same sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from oncekeys.host import host
from oncekeys.models import Account, moments

# For programs that answer mail, such as "I am on holiday": RFC 3834, section 5.
HEADERS = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Link:
    name: str
    url: str


@dataclass(frozen=True)
class Message:
    """A message says what happened to an account, with the facts, and what to do about it."""

    account: Account
    subject: str
    heading: str
    facts: Sequence[tuple[str, str]]
    advice: Sequence[str]
    links: Sequence[Link]
    # Why they get it, and where to turn it off.
    reason: str
    turn_off: Link | None = None


def email(compose: Callable[[Any], Message], recipient: Any) -> EmailMultiAlternatives:
    """The email for this person alone, in their language."""
    with in_language_of(recipient):
        return _email(compose(recipient), recipient)


def address_of(person: Any) -> str:
    """Their email; empty where they have none."""
    return getattr(person, person.get_email_field_name(), "") or ""


def in_language_of(recipient: Any) -> translation.override:
    """The person who caused the email may speak another one."""
    return translation.override(host.language_of(recipient))


def _email(message: Message, recipient: Any) -> EmailMultiAlternatives:
    context = {"message": message}
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject),
        body=render_to_string("oncekeys/emails/message.txt", context),
        to=[address_of(recipient)],
        headers=HEADERS,
    )
    mail.attach_alternative(render_to_string("oncekeys/emails/message.html", context), "text/html")
    return mail


def moment(value: datetime, recipient: Any) -> str:
    """Such as "16 Jun 2026, 14:20 UTC", in the person's time zone where they have chosen one."""
    with timezone.override(_zone(host.time_zone_of(recipient))):
        return moments.with_zone(value)


def one_line(text: str) -> str:
    """Return user input without line breaks, which could begin another header or another fact."""
    return " ".join(text.split())


def _zone(name: str) -> tzinfo:
    """UTC where the name is empty or unknown."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def to_managers(account: Account, recipient: Any) -> dict[str, Any]:
    """Return the footer of emails to the account's managers."""
    about, url = {"account": one_line(account.name)}, host.email_settings(recipient)
    reason = _("You’re receiving this email because you manage the API keys of %(account)s.") % about
    return {"reason": reason, "turn_off": Link(_("Switch off these emails"), url) if url else None}
