"""Moments to come, as people agree on them. All in the active time zone."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()

DAY = timedelta(days=1)


@register.simple_tag
def appointment(value: datetime, now: datetime) -> SafeString:
    """A `<time>` within a sentence: "today at 15:02", "tomorrow at 14:02", "Wed 17 June at 14:02"."""
    local, today = timezone.localtime(value), timezone.localdate(now)
    time = date_format(local, pgettext("format of an appointment's time", "H:i"))
    text = _("%(day)s at %(time)s") % {"day": _day(local, today=today), "time": time}
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), text)


def _day(local: datetime, *, today: date) -> str:
    if local.date() == today:
        return _("today")
    if local.date() == today + DAY:
        return _("tomorrow")
    if local.year == today.year:
        # Translators: a day of this year, in the codes of Django's filter `date`.
        return date_format(local, pgettext("format of an appointment's day", "D j F"))
    # Translators: a day of another year, in the codes of Django's filter `date`.
    return date_format(local, pgettext("format of an appointment's day", "j M Y"))
