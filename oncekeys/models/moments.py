"""A moment as it is written wherever people read one: "16 Jun 2026, 14:20"."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import pgettext


def day(value: datetime) -> str:
    """Such as "16 Jun 2026", in the active time zone."""
    # Translators: how a date is written, in the codes of Django's filter `date`.
    return date_format(localtime(value), pgettext("format", "j M Y"))


def written(value: datetime) -> str:
    """Such as "16 Jun 2026, 14:20", in the active time zone."""
    # Translators: how a moment is written, in the codes of Django's filter `date`. It begins like "j M Y".
    return date_format(localtime(value), pgettext("format", "j M Y, H:i"))


def time_of_day(value: datetime) -> str:
    """Such as "14:20", in the active time zone."""
    # Translators: how a time is written, in the codes of Django's filter `date`.
    return date_format(localtime(value), pgettext("format", "H:i"))


def weekday(value: datetime) -> str:
    """Such as "Tuesday 16 June", in the active time zone."""
    # Translators: how a day of this year is written, in the codes of Django's filter `date`.
    return date_format(localtime(value), pgettext("format", "l j F"))


def weekday_of_year(value: datetime) -> str:
    """Such as "Tuesday 16 June 2026", in the active time zone."""
    # Translators: how a day of any year is written, in the codes of Django's filter `date`.
    return date_format(localtime(value), pgettext("format", "l j F Y"))


def with_zone(value: datetime) -> str:
    """Such as "16 Jun 2026, 14:20 UTC", for readers who may be anywhere."""
    return f"{written(value)} {localtime(value):%Z}"
