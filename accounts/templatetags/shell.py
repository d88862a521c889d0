"""Tags for the frame around every page."""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context

from accounts.models import Membership

register = template.Library()


@register.inclusion_tag("components/_topbar.html", takes_context=True)
def topbar(context: Context) -> dict[str, Any]:
    """On a page of an account, the host has set the memberships; on any other it's the account used last."""
    request = context["request"]
    memberships = _memberships(request)
    return {
        "person": request.user,
        "membership": getattr(request, "membership", None) or _last_used(request, memberships),
        "memberships": memberships,
        "section": context.get("section", ""),
    }


def _memberships(request: Any) -> list[Membership]:
    if hasattr(request, "memberships"):
        return list(request.memberships)
    return list(Membership.objects.of(request.user)) if request.user.is_authenticated else []


def _last_used(request: Any, memberships: list[Membership]) -> Membership | None:
    """The one that the cookie names, else the first that can be opened."""
    enabled = [each for each in memberships if each.account.is_enabled]
    slug = request.COOKIES.get(settings.LAST_ACCOUNT_COOKIE_NAME)
    remembered = (each for each in enabled if each.account.slug == slug)
    return next(remembered, enabled[0] if enabled else None)
