"""How keys are shown."""

from typing import NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models.api_key import KeyState
from accounts.models.listing import Entry

register = template.Library()


@register.filter
def with_emphasis_on_id(text: str) -> SafeString:
    """The whole key, its public id set apart: that is the part people will meet again in the list."""
    brand, environment, key_id, secret = text.split("_")
    return format_html("{}_{}_<b>{}</b>_{}", brand, environment, key_id, secret)


# A first call is news within seconds; what a pair's verdict goes by is written once a minute.
SECONDS_WAITING = 3
SECONDS_OF_A_PAIR = 30


class Watched(NamedTuple):
    """What the page has to look at again, as CSS selectors, and how soon."""

    selectors: str
    seconds: int


@register.filter
def watched(entries: list[Entry]) -> Watched | None:
    waiting = [f"#key-{entry.key.key_id}" for entry in entries if entry.state == KeyState.WAITING]
    verdicts = [
        f"#verdict-{entry.old.key.key_id}"
        for entry in entries
        if entry.old and f"#key-{entry.key.key_id}" not in waiting
    ]
    if not waiting and not verdicts:
        return None
    return Watched(",".join(waiting + verdicts), SECONDS_WAITING if waiting else SECONDS_OF_A_PAIR)
