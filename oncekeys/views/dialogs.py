"""Shared code of the dialogs about a key: finding the key, the way back, and the end."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django_htmx.http import trigger_client_event

from oncekeys import links
from oncekeys.models import Account, ApiKey, old_keys
from oncekeys.services.minting import NewKey
from oncekeys.views.frames import framed
from oncekeys.views.requests import AccountRequest

# The event on which the page behind a dialog refreshes.
CHANGED = "api-keys-changed"


def key_or_404(account: Account, key_id: str) -> ApiKey:
    """Return the key with its relatives and the database's time. Deleted keys aren't found."""
    api_key: ApiKey = get_object_or_404(account.api_keys.not_deleted().with_relatives(), key_id=key_id)
    return api_key


def context(request: AccountRequest, account: Account, title: str, **more: Any) -> dict[str, Any]:
    return {
        "account": account,
        "section": "integrations",
        "title": title,
        "back": way_back(request, account),
        **more,
    }


def way_back(request: AccountRequest, account: Account) -> str:
    """Return where a dialog shown as a page leads: to the page in `next`, or else the list."""
    wanted = request.GET.get("next", "")
    return wanted if links.is_own_path(wanted) else links.page(request, "apis_webhooks")


def done(request: AccountRequest, account: Account, sentence: str) -> HttpResponse:
    """The dialog goes, and the page behind it says what happened."""
    messages.success(request, sentence)
    if request.htmx:
        return trigger_client_event(HttpResponse(), CHANGED)
    return HttpResponseRedirect(way_back(request, account))


def said_of(api_key: ApiKey, sentence: str, of_old_key: str) -> str:
    """Return the sentence about what was done. For an old key it mentions the new one."""
    facts = old_keys.facts(api_key)
    said = (of_old_key if facts else sentence) % {"name": api_key.name, "id": api_key.public_id}
    return f"{said} {old_keys.sentence(facts)}" if facts else said


def refused(
    request: AccountRequest, account: Account, api_key: ApiKey | None, *, title: str, reason: str, **more: Any
) -> HttpResponse:
    """Says why this can't be done: to the key, or at all."""
    status = 422 if request.method == "POST" else 200
    explained = context(request, account, title, key=api_key, reason=reason, **more)
    return framed(request, "oncekeys/api_keys/refused.html", explained, status=status)


def shown_once(request: AccountRequest, account: Account, created: NewKey, *, title: str, **more: Any) -> HttpResponse:
    """The key, in the answer to the POST itself: there is nowhere to read it back from."""
    key_id = created.api_key.key_id
    shown = {
        **context(request, account, title, created=created, test_url=links.test_url(), **more),
        # Not to where the dialog came from: only the list shows the new key.
        "back": f"{links.page(request, 'apis_webhooks')}#key-{key_id}",
    }
    return trigger_client_event(framed(request, "oncekeys/api_keys/created.html", shown), CHANGED, {"made": key_id})
