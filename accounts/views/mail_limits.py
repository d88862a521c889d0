"""Limits how much email to others one person may cause."""

from allauth.core import ratelimit
from django.utils.translation import gettext as _

from accounts.views.requests import PageRequest
from oncekeys.models import Account


def may_send(request: PageRequest, action: str, *, to: str) -> bool:
    """Return whether another may be sent, and count it. The limits are in the settings, by the action's name."""
    return bool(ratelimit.consume(request, action=action, user=request.user, key=to.lower()))


def may_invite(request: PageRequest, account: Account, *, to: str) -> bool:
    """Return whether the account may invite this person. Accounts don't share this limit."""
    return may_send(request, "invite", to=f"{account.slug} {to}")


def too_many() -> str:
    return _("Too many emails were requested. Wait an hour, then try again.")
