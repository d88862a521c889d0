"""Stretches of time inside a sentence. The clock is an argument, so that it can be the database's."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.templatetags.moments import DAY, HOUR, MINUTE, element

register = template.Library()

WEEK = timedelta(days=7)


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
    """A `<time>`: "12 minutes ago", "3 hours ago", "4 days ago"."""
    return element(value, _ago(now - value))


@register.simple_tag
def weekday_and_time(value: datetime, now: datetime) -> SafeString:
    """A `<time>` within the week to come: "Tue 14:02"; when the weekday is today's again, "Tue 30 Jun"."""
    local = timezone.localtime(value)
    if local.date() - timezone.localdate(now) >= WEEK:
        return element(value, date_format(local, pgettext("format of a chart's day", "D j M")))
    # Translators: the day of the week and the time, in the codes of Django's filter `date`.
    return element(value, date_format(local, pgettext("format", "D H:i")))


def _ago(age: timedelta) -> str:
    if age < MINUTE:
        return _("less than a minute ago")
    if age < HOUR:
        minutes = age // MINUTE
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    if age < 2 * DAY:
        hours = age // HOUR
        return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
    return ngettext("%(count)d day ago", "%(count)d days ago", age.days) % {"count": age.days}
