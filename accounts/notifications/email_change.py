"""Emails about a change of email address: one to the new address before, one to the old address after."""

from dataclasses import dataclass
from datetime import datetime

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.notifications.site import page, plain
from oncekeys.notifications.message import in_language_of, moment


@dataclass(frozen=True)
class Origin:
    """When something was done, from which address and with which browser."""

    at: datetime
    address: str
    user_agent: str


@sensitive_variables("token")
def link(to: str, *, old: str, token: str) -> EmailMessage:
    """The only place where the token stands."""
    url = page(_("Confirm"), "email_confirm", token).url
    return plain("email_change", to, {"new": to, "old": old, "url": url})


def taken(to: str, *, holder: User) -> EmailMessage:
    """Tell the person who already signs in with the address that someone else wants it."""
    with in_language_of(holder):
        return plain("email_change_taken", to, {"new": to})


def changed(person: User, *, old: str, origin: Origin) -> EmailMessage:
    """Tell the old address which one is new, when and from where it was changed, and what to do if it wasn't them."""
    context = {"new": person.email, "old": old, "origin": origin, "when": moment(origin.at, person)}
    return plain("email_changed", old, context)
