"""Stretches of time inside a sentence. The clock is an argument, so that it can be the database's."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from oncekeys.templatetags.oncekeys_moments import DAY, element, past

register = template.Library()


@register.simple_tag
def ago(value: datetime, now: datetime | None = None) -> SafeString:
    """A `<time>` within a sentence, as `moment` writes it: "just now", "12 minutes ago", "12 Mar 2025"."""
    return element(value, past(value, now=now or timezone.now()))


@register.simple_tag
def since(value: datetime, now: datetime) -> SafeString:
    """As `ago`, but in hours for two days, then in days: "26 hours ago", "4 days ago"."""
    days = (now - value).days
    if days < 2:
        return element(value, past(value, now=now, hours_for=2 * DAY))
    return element(value, ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days})
