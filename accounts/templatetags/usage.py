"""How the use of a key is drawn and told."""

from typing import Any, NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Outcome, networks
from accounts.models.history import Day, History

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


@register.inclusion_tag("settings/api_keys/_usage_chart.html")
def usage_chart(history: History) -> dict[str, Any]:
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


def _bar(position: int, day: Day, scale: int, history: History) -> Bar:
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


@register.filter
def in_words(refusals: dict[str, int], api_key: ApiKey) -> list[Refusal]:
    """Why calls with the key were refused, and what to do about it."""
    advice = {**ADVICE, **_special_advice(api_key)}
    outcomes = ((Outcome(outcome), calls) for outcome, calls in refusals.items())
    return [Refusal(calls, outcome.label, advice[outcome]) for outcome, calls in outcomes]


Advice = dict[Outcome, str | Promise]

ADVICE: Advice = {
    Outcome.PAUSED: _("It was resumed since, so such calls are let in."),
    Outcome.EXPIRED: _("Whoever calls needs a new key: create one and hand it over."),
    Outcome.WRONG_SECRET: _("The id was right and the rest was not: a mistyped copy, or somebody who guesses."),
    Outcome.DELETED: _("Some application still has this key. Its address tells which: give it a new key."),
    Outcome.ACCOUNT_DISABLED: _("The account was disabled then. It is enabled again, so such calls are let in."),
    Outcome.WRONG_ENVIRONMENT: _("Give this application a key of the environment it calls."),
    Outcome.ADDRESS_NOT_ALLOWED: _("If the caller is yours, add its address to the allowed ones: choose Edit."),
    Outcome.INSUFFICIENT_SCOPE: _("If the application may do what it asked for, give the key that scope: choose Edit."),
}
OF_PAUSED: Advice = {Outcome.PAUSED: _("Resume the key to let these calls in."), Outcome.ACCOUNT_DISABLED: ""}
# It cannot be edited any more: it stays as it is until it ends.
OF_REPLACED: Advice = {Outcome.ADDRESS_NOT_ALLOWED: "", Outcome.INSUFFICIENT_SCOPE: ""}
# Nothing lets its callers in again.
OF_ENDED: Advice = {**OF_REPLACED, Outcome.PAUSED: "", Outcome.ACCOUNT_DISABLED: ""}
# Its application has a key that works, though not this one.
OF_ENDED_OLD: Advice = {
    **OF_ENDED,
    Outcome.EXPIRED: _("An application still uses the old key. Switch it to the new one."),
    Outcome.DELETED: _(
        "An application still uses the old key. Its IP address tells which one. Switch it to the new key."
    ),
}


def _special_advice(api_key: ApiKey) -> Advice:
    """Only what can be done with a key in this state."""
    if not api_key.works(at=api_key.now):
        return OF_ENDED_OLD if api_key.replacement else OF_ENDED
    words = OF_PAUSED if api_key.paused_at is not None else {}
    return {**words, **OF_REPLACED} if api_key.replacement else words
