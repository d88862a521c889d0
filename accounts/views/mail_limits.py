"""How much mail to others one person may ask for."""

from allauth.core import ratelimit
from django.utils.translation import gettext as _

from accounts.views.requests import PageRequest
from oncekeys.models import Account


def may_send(request: PageRequest, action: str, *, to: str) -> bool:
    """Counts it too. The limits stand in the settings, by the action's name."""
    return bool(ratelimit.consume(request, action=action, user=request.user, key=to.lower()))


def may_invite(request: PageRequest, account: Account, *, to: str) -> bool:
    """What one account sends somebody uses up nothing of another's."""
    return may_send(request, "invite", to=f"{account.slug} {to}")


def too_many() -> str:
    return _("Too many mails were asked for. Wait an hour, then try again.")
