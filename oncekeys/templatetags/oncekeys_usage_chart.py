"""How the use of a key is drawn and told."""

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
LEAST = 2  # so that a single call can be seen beside a thousand
STEPS = (2, 4, 6, 8, 10)


class Bar(NamedTuple):
    day: Day
    left: int
    top: int
    height: int
    is_today: bool


@register.inclusion_tag("oncekeys/api_keys/_usage_chart.html")
def usage_chart(history: UsageHistory) -> dict[str, Any]:
    """Bars of the calls let in, with their axes; the numbers stand in a table."""
    scale = round_up(max(day.calls for day in history.days))
    return {
        "history": history,
        "bars": [_bar(position, day, scale, history) for position, day in enumerate(history.days)],
        "busiest": max(history.days, key=lambda day: day.calls),
        "scale": scale,
        "half": scale // 2,
        "middle": history.days[len(history.days) // 2],
        "bar_width": WIDTH - GAP,
        "day_width": WIDTH,
        "width": WIDTH * len(history.days),
        "height": HEIGHT,
    }


def round_up(most: int) -> int:
    """The end of an axis that reaches so far: a round and even number."""
    unit = 10 ** max(len(str(most)) - 1, 0)
    return next(step * unit for step in STEPS if step * unit >= most)


def _bar(position: int, day: Day, scale: int, history: UsageHistory) -> Bar:
    height = max(round(HEIGHT * day.calls / scale), LEAST) if day.calls else 0
    return Bar(day, position * WIDTH, HEIGHT - height, height, is_today=day is history.today)


@register.filter
def networks_shown(lines: str) -> list[str]:
    """The networks of `models.networks`, as people write them."""
    return [networks.shown(line) for line in lines.splitlines()]


class Refusal(NamedTuple):
    calls: int
    reason: str | Promise
    advice: str | Promise


# What to do where the key can still be used and changed.
ADVICE: dict[Outcome, Promise] = {
    Outcome.PAUSED: _("Nothing to do: the key isn’t paused any longer."),
    Outcome.WRONG_SECRET: _("Check the copy in your application. If it’s right, someone is guessing."),
    Outcome.ACCOUNT_DISABLED: _("Nothing to do: the account is enabled again."),
    Outcome.WRONG_ENVIRONMENT: _("Give this application a key of the environment it calls."),
    Outcome.ADDRESS_NOT_ALLOWED: _("If the caller is yours, choose Edit and add its IP address."),
    Outcome.INSUFFICIENT_SCOPE: _("If the application needs this scope, choose Edit and add it."),
}
RESUME = _("Resume the key to let these calls in.")
USE_NEW_KEY = _("If the caller is yours, switch it to the new key.")
CREATE_KEY = _("If the caller is yours, create a new key for it.")


@register.filter
def in_words(refusals: dict[str, int], api_key: ApiKey) -> list[Refusal]:
    """Why calls with the key were refused, and what to do about it."""
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
