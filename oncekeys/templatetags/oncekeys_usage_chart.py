"""Draws a key's usage as a chart, and says it in words."""

from itertools import count
from math import ceil
from typing import Any, NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oncekeys.models import ApiKey, Outcome, networks
from oncekeys.reports.usage_history import Day, UsageHistory

register = template.Library()

# In the units of the drawing, which is stretched to the room there is.
WIDTH = 10
GAP = 2
HEIGHT = 100
LEAST = 2  # so that a single request can be seen beside a thousand
STEPS = (1, 2, 5)
MOST_STEPS = 4


class Bar(NamedTuple):
    day: Day
    left: int
    # How far down the accepted and the refused ones begin, and how high each part is.
    accepted_top: int
    accepted: int
    refused_top: int
    refused: int
    is_today: bool


@register.inclusion_tag("oncekeys/api_keys/_usage_chart.html")
def usage_chart(history: UsageHistory) -> dict[str, Any]:
    """A bar for each day, refused requests on top, with their axes; the numbers are in a table."""
    ticks = ticks_up_to(max(day.requests for day in history.days))
    return {
        "history": history,
        "bars": [_bar(position, day, ticks[-1], history) for position, day in enumerate(history.days)],
        "busiest": max(history.days, key=lambda day: day.requests),
        "ticks": ticks[::-1],
        "lines": [HEIGHT - round(HEIGHT * tick / ticks[-1]) for tick in ticks[1:]],
        "middle": history.days[len(history.days) // 2],
        "breadth": WIDTH - GAP,
        "width": WIDTH * len(history.days),
        "day_width": WIDTH,
        "height": HEIGHT,
    }


def ticks_up_to(most: int) -> list[int]:
    """Round numbers from 0 up, as few as reach so far: 0, 5,000, 10,000 and 15,000 for 13,587."""
    steps = (step * 10**power for power in count() for step in STEPS)
    step = next(step for step in steps if ceil(most / step) <= MOST_STEPS)
    return [step * number for number in range(max(ceil(most / step), 1) + 1)]


def _bar(position: int, day: Day, scale: int, history: UsageHistory) -> Bar:
    accepted, refused = (_height(number, scale) for number in (day.accepted, day.refused))
    top = HEIGHT - accepted
    return Bar(day, position * WIDTH, top, accepted, max(top - refused, 0), refused, is_today=day is history.today)


def _height(number: int, scale: int) -> int:
    return max(round(HEIGHT * number / scale), LEAST) if number else 0


@register.filter
def networks_shown(lines: str) -> list[str]:
    """The networks of `models.networks`, as people write them."""
    return [networks.shown(line) for line in lines.splitlines()]


class Refusal(NamedTuple):
    requests: int
    reason: str | Promise
    advice: str | Promise


# What to do where the key can still be used and changed.
ADVICE: dict[Outcome, Promise] = {
    Outcome.PAUSED: _("Nothing to do: the key is no longer paused."),
    Outcome.WRONG_SECRET: _("Check the key in your application. If it’s correct, someone else is guessing the secret."),
    Outcome.ACCOUNT_DISABLED: _("Nothing to do: the account is enabled again."),
    Outcome.WRONG_ENVIRONMENT: _("Give this application a key for the environment it uses."),
    Outcome.ADDRESS_NOT_ALLOWED: _("If the caller is yours, choose Edit and add its IP address."),
    Outcome.INSUFFICIENT_SCOPE: _("If the application needs this scope, choose Edit and add it."),
}
RESUME = _("Resume the key to accept these requests.")
USE_NEW_KEY = _("If the caller is yours, switch it to the new key.")
CREATE_KEY = _("If the caller is yours, create a new key for it.")


@register.filter
def in_words(refusals: dict[str, int], api_key: ApiKey) -> list[Refusal]:
    """Why requests with the key were refused, and what to do about it."""
    outcomes = ((Outcome(outcome), calls) for outcome, calls in refusals.items())
    return [Refusal(calls, outcome.label, _advice(outcome, api_key)) for outcome, calls in outcomes]


def _advice(outcome: Outcome, api_key: ApiKey) -> str | Promise:
    """Only what can be done with the key as it is now."""
    if api_key.replacement:
        return USE_NEW_KEY
    if not api_key.works(at=api_key.now):
        return CREATE_KEY
    if outcome == Outcome.PAUSED and api_key.paused_at is not None:
        return RESUME
    return ADVICE.get(outcome, "")
