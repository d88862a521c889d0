"""APIs & Webhooks: the list of keys, searched, filtered and sorted by its address."""

import re
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect, replace_url

from oncekeys import conf, links
from oncekeys.keys.masking import mask
from oncekeys.keys.token import PUBLIC_ID
from oncekeys.models import Account, ApiKey
from oncekeys.reports import usage_summary
from oncekeys.reports.key_list import KeyList, Selection, Sort
from oncekeys.reports.review_reason import ReviewReason
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest

# The primary key of a person, or SYSTEM.
CREATOR = re.compile(r"[\w-]{1,100}")
# Fewer are seen at a glance.
SEARCHED_FROM = 4
MOST_DELETED = 10
# What htmx asks for besides the whole section.
RESULTS, WATCH = "key-results", "key-watch"

Choice = TypeVar("Choice", ReviewReason, Sort)


@require_safe
@gzip_page  # a long list, fetched anew after every change; it holds no secret that its length could tell
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    if mask(text := request.GET.get("q", "")) != text:
        return _without_key(request, account, mask(text))
    selection = read_selection(request.GET)
    listing = _listing(account)
    here = links.page(request, "apis_webhooks")
    context = {
        "account": account,
        "section": "integrations",
        "here": here,
        "address": f"{here}{query_of(selection)}",
        # Messages are read once, so by nothing that does not show them.
        "shows_messages": request.htmx.target not in (RESULTS, WATCH),
        **_shown(account, listing, selection),
    }
    response = page(request, "oncekeys/api_keys/index.html", context)
    return replace_url(response, context["address"]) if request.htmx.target == RESULTS else response


def _shown(account: Account, listing: KeyList, selection: Selection) -> dict[str, Any]:
    return {
        "listing": listing,
        "deleted": _deleted(account, selection),
        "most_deleted": MOST_DELETED,
        "entries": selection.of(listing.entries),
        "selection": selection,
        "is_searched": len(listing.keys) >= SEARCHED_FROM or bool(selection.text or selection.creator),
        "active": listing.active,
        "cap": conf.MAX_ACTIVE_KEYS,
    }


def _deleted(account: Account, selection: Selection) -> list[ApiKey]:
    """The latest deleted keys that the search finds; a list without a search has none."""
    if not selection.text or selection.reason:
        return []
    return list(account.api_keys.deleted().matching(selection.text)[:MOST_DELETED])


def read_selection(query: QueryDict) -> Selection:
    """What the address asks for. What it does not understand, it leaves out."""
    return Selection(
        text=query.get("q", "").strip(),
        reason=_choice(ReviewReason, query.get("show")),
        creator=_creator(query.get("by", "")),
        sort=_choice(Sort, query.get("sort")) or Sort.CREATED,
    )


def query_of(selection: Selection) -> str:
    """The shortest query that asks for this, with its question mark."""
    sort = selection.sort if selection.sort != Sort.CREATED else None
    asked = {"q": selection.text, "show": selection.reason, "by": selection.creator, "sort": sort}
    query = urlencode({name: str(value) for name, value in asked.items() if value})
    return f"?{query}" if query else ""


def _creator(value: str) -> str:
    return value if CREATOR.fullmatch(value) else ""


def _choice(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value in choices.values else None


def _listing(account: Account) -> KeyList:
    keys = list(account.api_keys.listed())
    usage = usage_summary.of_lines(keys, at=keys[0].now) if keys else ({}, {})
    return KeyList(keys, *usage)


def _without_key(request: AccountRequest, account: Account, masked: str) -> HttpResponse:
    """To the row of the key that somebody put into the address, but to an address that has only its public id."""
    messages.warning(
        request,
        _(
            "You searched for a whole key. It may now be in logs and in your browser’s history, so rotate it. To look "
            "up a key that you found, use “Find a key”."
        ),
    )
    public_id = PUBLIC_ID.search(masked)
    selection = Selection(text=public_id[0] if public_id else "")
    address = f"{links.page(request, 'apis_webhooks')}{query_of(selection)}"
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)
