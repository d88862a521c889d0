"""Shows keys: their status, their menu, and which of them the page watches."""

from dataclasses import replace
from typing import Any, NamedTuple

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oncekeys import links
from oncekeys.keys.brand import current
from oncekeys.models import ApiKey, AuditEvent
from oncekeys.models.api_key import FirstCall
from oncekeys.reports.key_list import Entry, KeyList, Selection, Show, Sort
from oncekeys.reports.review_reason import ReviewReason

register = template.Library()


@register.simple_tag
def brand() -> str:
    """Return the brand that new keys begin with."""
    return current()


@register.filter
def with_emphasis_on_id(text: str) -> SafeString:
    """The whole key, with its key ID set apart: people meet that part again in the list."""
    beginning, environment, key_id, secret = text.split("_")
    return format_html("{}_{}_<b>{}</b>_{}", beginning, environment, key_id, secret)


@register.inclusion_tag("oncekeys/components/_status.html")
def key_status(key: ApiKey) -> dict[str, Any]:
    """A dot and a word: "Active", "Paused"."""
    state = key.state(at=key.now)
    return {"look": state, "words": state.label}


@register.inclusion_tag("oncekeys/components/_status.html")
def status(look: str, words: str) -> dict[str, Any]:
    """The same for any other word."""
    return {"look": look, "words": words}


@register.inclusion_tag("oncekeys/api_keys/_paused.html")
def paused_by(key: ApiKey, pause: AuditEvent | None, refused: int) -> dict[str, Any]:
    """Return who paused it, when, and how many requests it refused today."""
    return {"key": key, "pause": pause, "refused": refused}


@register.inclusion_tag("oncekeys/api_keys/_resume.html")
def resume_button(key: ApiKey, look: str = "", *, name: str = "", way_back: str = "") -> dict[str, Any]:
    """Resumes the key with one press. `name` is for a button that isn't alone on its page."""
    return {"key": key, "look": look, "name": name, "way_back": way_back}


@register.inclusion_tag("oncekeys/api_keys/_menu.html")
def key_menu(key: ApiKey, way_back: str = "") -> dict[str, Any]:
    """The button with three dots, and what can be done with the key. On its own page, buttons offer some of it."""
    return {
        "key": key,
        "name": _("the old key of %(name)s") % {"name": key.name} if key.replacement else key.name,
        "way_back": way_back,
        "is_page": bool(way_back),
        **_can(key),
    }


def _can(key: ApiKey) -> dict[str, bool]:
    works, is_old = key.works(at=key.now), key.replacement is not None
    return {
        "can_rotate": works and not key.is_replaced,
        "can_edit": works and not is_old,
        "can_pause": works and key.paused_at is None,
        "can_resume": works and key.paused_at is not None,
    }


@register.inclusion_tag("oncekeys/api_keys/_rows.html", takes_context=True)
def key_rows(context: Context, entries: list[Entry], selection: Selection) -> dict[str, Any]:
    """The keys, below heads that sort them."""
    here = links.page(context.request, "apis_webhooks")  # type: ignore[attr-defined]
    return {"entries": entries, "selection": selection, "here": here}


@register.inclusion_tag("oncekeys/api_keys/_overview.html", takes_context=True)
def overview(context: Context, listing: KeyList, selection: Selection | None = None) -> dict[str, Any]:
    """Requests today, refused requests today, and what needs attention."""
    here = links.page(context.request, "apis_webhooks")  # type: ignore[attr-defined]
    return {"listing": listing, "selection": selection or Selection(), "here": here}


@register.filter
def phrase(reason: ReviewReason, number: int) -> str:
    return reason.of(number)


@register.filter
def showing(selection: Selection, show: Show | ReviewReason | None) -> str:
    """The query string of the same list with another filter."""
    return replace(selection, show=show or None).query


@register.filter
def sorted_by(selection: Selection, sort: str) -> str:
    """The query string of the same list in another order."""
    return replace(selection, sort=Sort(sort)).query


# A first call is news within seconds, the more so of a key just made; the facts of a pair are written once a minute.
SECONDS_JUST_MADE = 3
SECONDS_UNUSED = 10
SECONDS_OF_A_PAIR = 30


# A first call counts above the list, too. The numbers alone, so that no link is swapped while it has the focus.
TOTALS = ["#requests-today", "#refused-today"]


class Watched(NamedTuple):
    """The parts of the page to refresh, as CSS selectors, and how soon."""

    selectors: str
    seconds: int


@register.filter
def watched(entries: list[Entry]) -> Watched | None:
    """None where nothing changes by itself."""
    unused = [entry for entry in entries if entry.key.awaits_first_use]
    pairs = [entry.old for entry in entries if entry.old and entry not in unused]
    selectors = [f"#key-{entry.key.key_id}" for entry in unused] + [f"#pair-{old.key.key_id}" for old in pairs]
    return Watched(",".join([*selectors, *TOTALS]), _seconds(unused)) if selectors else None


def _seconds(unused: list[Entry]) -> int:
    if any(entry.first_call == FirstCall.AWAITED for entry in unused):
        return SECONDS_JUST_MADE
    return SECONDS_UNUSED if unused else SECONDS_OF_A_PAIR
