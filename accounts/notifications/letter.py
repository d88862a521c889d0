"""A mail to one person, as text and as HTML. Both are laid out from the same sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import conf
from accounts.models import Account, User, moments, time_zones

# For programs that answer mail, such as "I am on holiday": RFC 3834, section 5.
HEADERS = {"Auto-Submitted": "auto-generated"}


@dataclass(frozen=True)
class Link:
    name: str
    url: str


@dataclass(frozen=True)
class Letter:
    """What somebody is told about an account: what happened, the facts of it, and what to do."""

    account: Account
    subject: str
    heading: str
    facts: Sequence[tuple[str, str]]
    advice: Sequence[str]
    links: Sequence[Link]
    # Why they get it, and where to turn it off.
    reason: str
    turn_off: Link | None = None


def message(compose: Callable[[User], Letter], recipient: User) -> EmailMultiAlternatives:
    """The mail for this person alone, in their language."""
    with in_language_of(recipient):
        return _message(compose(recipient), recipient)


def in_language_of(recipient: User) -> translation.override:
    """Whoever caused the mail may speak another one."""
    return translation.override(recipient.language or settings.LANGUAGE_CODE)


def _message(letter: Letter, recipient: User) -> EmailMultiAlternatives:
    context = {"letter": letter}
    mail = EmailMultiAlternatives(
        subject=one_line(letter.subject),
        body=render_to_string("emails/letter.txt", context),
        to=[str(recipient.email)],
        headers=HEADERS,
    )
    mail.attach_alternative(render_to_string("emails/letter.html", context), "text/html")
    return mail


def page(name: str, view: str, *arguments: str) -> Link:
    """A link to a page of the site, for people who are not on it."""
    return Link(name, conf.public_url() + reverse(view, args=arguments))


def plain(name: str, to: str, context: dict[str, Any]) -> EmailMessage:
    """The mail of `templates/account/email/` with that name, in the language of the moment."""
    return EmailMessage(
        subject=one_line(render_to_string(f"account/email/{name}_subject.txt", context)),
        body=render_to_string(f"account/email/{name}_message.txt", context),
        to=[to],
        headers=HEADERS,
    )


def moment(value: datetime, recipient: User) -> str:
    """Such as "16 Jun 2026, 14:20 UTC", in the person's time zone where they have chosen one."""
    with timezone.override(time_zones.find(recipient.time_zone) or UTC):
        return moments.with_zone(value)


def one_line(text: str) -> str:
    """What people typed, without the line breaks that would begin another header or another fact."""
    return " ".join(text.split())


def to_managers(account: Account) -> dict[str, Any]:
    """What is said at the end of a mail that owners and admins get."""
    reason = _("You get this mail because you are an owner or admin of %(account)s. To turn it off:")
    return {"reason": reason % {"account": one_line(account.name)}, "turn_off": page(_("Your profile"), "profile")}
