"""Moments as people say them, with the exact one on hover. All in the active time zone."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oncekeys.models import moments

register = template.Library()

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@register.simple_tag
def moment(value: datetime) -> SafeString:
    """A `<time>`: "2 minutes ago" for a day, then "12 Mar 2025"."""
    return element(value, past(value, now=timezone.now()))


@register.simple_tag
def date(value: datetime) -> SafeString:
    """A `<time>` that always shows the date, such as "12 Mar 2025"."""
    return element(value, moments.day(value))


@register.simple_tag
def exactly(value: datetime) -> SafeString:
    """A `<time>` that always shows date and time, such as "12 Mar 2025, 14:02"."""
    return element(value, moments.written(value))


@register.simple_tag
def clock_time(value: datetime) -> SafeString:
    """A `<time>` that shows the time of day, below the day's heading."""
    return element(value, moments.time_of_day(value))


@register.simple_tag
def day_heading(value: datetime) -> str:
    """The day of what follows: "Today, Thursday 26 November"."""
    day, today = timezone.localdate(value), timezone.localdate()
    if day == today:
        return _("Today, %(day)s") % {"day": moments.weekday(value)}
    if day == today - DAY:
        return _("Yesterday, %(day)s") % {"day": moments.weekday(value)}
    return moments.weekday(value) if day.year == today.year else moments.weekday_of_year(value)


@register.simple_tag
def zone_name() -> str:
    """The active time zone, such as "Europe/Berlin"."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def deadline(value: datetime) -> SafeString:
    """A `<time>` for what comes soon: "In 5 days", "In 3 hours"."""
    return element(value, _future(value, now=timezone.now()))


def element(value: datetime, text: str) -> SafeString:
    """A `<time>` that shows the text, and the moment with its time zone on hover."""
    exact, iso = moments.with_zone(value), value.isoformat(timespec="seconds")
    kind = "exact" if exact.startswith(text) else "relative"
    return format_html('<time class="{}" datetime="{}" title="{}">{}</time>', kind, iso, exact, text)


def past(value: datetime, *, now: datetime, hours_for: timedelta = DAY) -> str:
    """Return how long ago it was, in hours for a day or for `hours_for`, then the date."""
    age = now - value
    if age < MINUTE:
        return _("just now")
    if age < HOUR:
        minutes = age // MINUTE
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    if age < hours_for:
        hours = age // HOUR
        return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
    return moments.day(value)


def _future(value: datetime, *, now: datetime) -> str:
    rest = value - now
    if rest < HOUR:
        return _("In less than an hour")
    if rest < DAY:
        hours = rest // HOUR
        return ngettext("In %(count)d hour", "In %(count)d hours", hours) % {"count": hours}
    days = rest // DAY
    return ngettext("In %(count)d day", "In %(count)d days", days) % {"count": days}
