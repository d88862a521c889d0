"""APIs & Webhooks: the list of keys, searched, filtered and sorted by its address."""

import re
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect, replace_url

from oncekeys import conf, links
from oncekeys.keys.masking import mask
from oncekeys.keys.token import PUBLIC_ID
from oncekeys.models import Account, ApiKey
from oncekeys.reports import key_list
from oncekeys.reports.key_list import KeyList, Selection, Show, Sort
from oncekeys.reports.review_reason import ReviewReason
from oncekeys.views.access import manager_required
from oncekeys.views.frames import page
from oncekeys.views.requests import AccountRequest

# The primary key of a person, or SYSTEM.
CREATOR = re.compile(r"[\w-]{1,100}")
# Fewer are seen at a glance.
SEARCHED_FROM = 4
MOST_FOUND = 10
# What htmx asks for besides the whole section.
RESULTS, WATCH = "key-results", "key-watch"

Choice = TypeVar("Choice", ReviewReason, Show, Sort)


@require_safe
@gzip_page  # a long list, fetched again after every change; it holds no secret that its length could reveal
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    if mask(text := request.GET.get("q", "")) != text:
        return _without_key(request, account, mask(text))
    selection = read_selection(request.GET)
    listing = key_list.of_account(account)
    here = links.page(request, "apis_webhooks")
    context = {
        "account": account,
        "section": "integrations",
        "here": here,
        "address": f"{here}{selection.query}",
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
        "most_deleted": MOST_FOUND,
        "entries": selection.of(listing),
        "selection": selection,
        "creator": listing.creator(selection.creator),
        "is_filtered": len(listing.keys) >= SEARCHED_FROM or listing.deleted > 0 or selection.is_partial,
        "active": listing.active,
        "cap": conf.MAX_ACTIVE_KEYS,
    }


def _deleted(account: Account, selection: Selection) -> list[ApiKey]:
    """The latest deleted keys that the search finds; a list without a search has none."""
    if not selection.text or selection.show:
        return []
    return list(account.api_keys.deleted().matching(selection.text)[:MOST_FOUND])


def read_selection(query: QueryDict) -> Selection:
    """Read the selection from the query, ignoring what it doesn't understand."""
    show = query.get("show")
    return Selection(
        text=query.get("q", "").strip(),
        show=_choice(Show, show) or _choice(ReviewReason, show),
        creator=_creator(query.get("by", "")),
        sort=_choice(Sort, query.get("sort")) or Sort.CREATED,
    )


def _creator(value: str) -> str:
    return value if CREATOR.fullmatch(value) else ""


def _choice(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value in choices.values else None


def _without_key(request: AccountRequest, account: Account, masked: str) -> HttpResponse:
    """To the row of the key that someone put into the URL, but to a URL that has only its key ID."""
    messages.warning(
        request,
        _(
            "You searched for a complete key. It may now be in logs and in your browser’s history, so rotate it."
            " To look up a key you found, use “Check a leaked key”."
        ),
    )
    public_id = PUBLIC_ID.search(masked)
    selection = Selection(text=public_id[0] if public_id else "")
    address = f"{links.page(request, 'apis_webhooks')}{selection.query}"
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)
