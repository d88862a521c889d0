"""What surrounds every page."""

from typing import Any

from django import template
from django.template import Context

register = template.Library()


@register.inclusion_tag("components/_topbar.html", takes_context=True)
def topbar(context: Context) -> dict[str, Any]:
    """On a page of an account, `access` has set the memberships."""
    request = context["request"]
    return {
        "person": request.user,
        "membership": getattr(request, "membership", None),
        "memberships": getattr(request, "memberships", []),
        "section": context.get("section", ""),
    }
