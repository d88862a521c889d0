"""How keys are shown."""

from typing import NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from oncekeys.keys.brand import current
from oncekeys.models.api_key import FirstCall
from oncekeys.reports.key_list import Entry
from oncekeys.reports.review_reason import ReviewReason

register = template.Library()


@register.simple_tag
def brand() -> str:
    """What new keys begin with."""
    return current()


@register.filter
def with_emphasis_on_id(text: str) -> SafeString:
    """The whole key, its public id set apart: that is the part people will meet again in the list."""
    beginning, environment, key_id, secret = text.split("_")
    return format_html("{}_{}_<b>{}</b>_{}", beginning, environment, key_id, secret)


# A first call is news within seconds, the more so of a key just made; the facts of a pair are written once a minute.
SECONDS_JUST_MADE = 3
SECONDS_UNUSED = 10
SECONDS_OF_A_PAIR = 30


# A first call counts above the list, too. The numbers alone, so that no link is swapped while it has the focus.
TOTALS = ["#calls-today", "#refused-today", *(f"#number-{concern}" for concern in ReviewReason)]


class Watched(NamedTuple):
    """What the page has to look at again, as CSS selectors, and how soon."""

    selectors: str
    seconds: int


@register.filter
def watched(entries: list[Entry]) -> Watched | None:
    unused = [entry for entry in entries if entry.awaits_first_use]
    pairs = [entry.old for entry in entries if entry.old and entry not in unused]
    selectors = [f"#key-{entry.key.key_id}" for entry in unused] + [f"#pair-{old.key.key_id}" for old in pairs]
    return Watched(",".join([*selectors, *TOTALS]), _seconds(unused)) if selectors else None


def _seconds(unused: list[Entry]) -> int:
    if any(entry.first_call == FirstCall.AWAITED for entry in unused):
        return SECONDS_JUST_MADE
    return SECONDS_UNUSED if unused else SECONDS_OF_A_PAIR
