"""How much mail to others one person may ask for."""

from allauth.core import ratelimit
from django.utils.translation import gettext as _

from accounts.views.requests import SignedInRequest


def may_send(request: SignedInRequest, action: str, *, to: str) -> bool:
    """Counts it too. The limits stand in the settings, by the action's name."""
    return bool(ratelimit.consume(request, action=action, user=request.user, key=to.lower()))


def too_many() -> str:
    return _("Too many mails were asked for. Wait an hour, then try again.")
