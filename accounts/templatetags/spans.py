"""Stretches of time inside a sentence. The clock is an argument, so that it can be the database's."""

from datetime import datetime, timedelta

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.moments import DAY, MINUTE, element, past

register = template.Library()


@register.filter
def span(stretch: timedelta) -> str:
    """The two largest units: "3 h 10 min", "12 min", "4 days"."""
    if stretch >= 2 * DAY:
        return ngettext("%(count)d day", "%(count)d days", stretch.days) % {"count": stretch.days}
    hours, minutes = divmod(max(stretch, MINUTE) // MINUTE, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


@register.simple_tag
def ago(value: datetime, now: datetime) -> SafeString:
    """A `<time>` within a sentence, as `moment` writes it: "just now", "12 minutes ago", "12 Mar 2025"."""
    return element(value, past(value, now=now, just_now=_("just now")))
