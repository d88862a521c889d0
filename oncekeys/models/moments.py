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


def with_zone(value: datetime) -> str:
    """Such as "16 Jun 2026, 14:20 UTC", for readers who may be anywhere."""
    return f"{written(value)} {localtime(value):%Z}"
