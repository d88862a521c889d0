"""Shows counts of requests: grouped, in words, and as thirty small bars."""

from itertools import groupby

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oncekeys.reports.usage_summary import SHOWN_DAYS, UsageSummary

register = template.Library()

# In the units of the drawing, which are one to a day.
HEIGHT = 20
MARGIN = 2  # half of the point that a line ends in
LEAST = 1  # so that a single call can be seen beside a thousand


@register.filter
def grouped(number: int) -> str:
    """Return it as people read it: "4,391"."""
    return number_format(number, force_grouping=True)


@register.filter
def requests(number: int) -> str:
    return ngettext("%(number)s request", "%(number)s requests", number) % {"number": grouped(number)}


@register.filter
def last_day(usage: UsageSummary) -> str:
    """A sentence: "12 requests in the last 24 hours, 3 refused."."""
    refused = usage.refused_last_day
    if not usage.last_day:
        return _("No requests in the last 24 hours.")
    if not refused:
        return _("%(requests)s in the last 24 hours.") % {"requests": requests(usage.last_day)}
    sentence = ngettext(
        "%(requests)s in the last 24 hours, %(number)s refused.",
        "%(requests)s in the last 24 hours, %(number)s refused.",
        refused,
    )
    return sentence % {"requests": requests(usage.last_day), "number": grouped(refused)}


@register.simple_tag
def last_days() -> str:
    return _("Last %(days)s days") % {"days": SHOWN_DAYS}


@register.simple_tag
def sparkline(usage: UsageSummary) -> SafeString:
    """Requests a day as an `<svg>`, today's apart. Without any request it is a line that says nothing."""
    if not usage.total:
        return format_html('<svg class="{}" aria-hidden="true"></svg>', "sparkline")
    *before, today = _tops(usage.days)
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {height}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/><path class="sparkline__today" d="M{} {height}V{}h1V{height}"/></svg>',
        len(usage.days),
        _in_words(usage),
        _steps(before),
        len(before),
        today,
        height=HEIGHT,
    )


@register.simple_tag
def trend(days: tuple[int, ...]) -> SafeString:
    """The same days as one thin line, today as a point at its end; for the eye alone, beside today's number."""
    tops = [HEIGHT - MARGIN - round((HEIGHT - 2 * MARGIN) * number / max(*days, 1), 1) for number in days]
    line = "L".join(f"{day} {top:g}" for day, top in enumerate(tops))
    return format_html(
        '<svg class="trend" viewBox="0 0 {last} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M{}"/>{}</svg>',
        HEIGHT,
        line,
        format_html('<path class="trend__today" d="M{} {}h0"/>', len(days) - 1, f"{tops[-1]:g}") if days[-1] else "",
        last=len(days) - 1,
    )


def _tops(days: tuple[int, ...]) -> list[int]:
    """Where each bar ends, from above."""
    most = max(days)
    return [HEIGHT - max(round(HEIGHT * calls / most), LEAST if calls else 0) for calls in days]


def _steps(tops: list[int]) -> str:
    """The outline of bars side by side; equal ones share a stroke."""
    steps = (f"V{top}h{len(list(run))}" for top, run in groupby(tops))
    return f"M0 {HEIGHT}{''.join(steps)}V{HEIGHT}"


def _in_words(usage: UsageSummary) -> str:
    """From the first day with a call, since before that the key may not have been there."""
    first = next(position for position, calls in enumerate(usage.days) if calls)
    before = usage.days[first:-1]
    if not before:
        return _("Requests per day: none before today, %(today)s today so far") % {"today": grouped(usage.today)}
    return _("Requests per day: %(least)s to %(most)s, and %(today)s today so far") % {
        "least": grouped(min(before)),
        "most": grouped(max(before)),
        "today": grouped(usage.today),
    }
