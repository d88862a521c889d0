"""Find a key: whose is the one that was found somewhere, and what can be done about it there and then?"""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from oncekeys import links
from oncekeys.forms.finding import FindKeyForm
from oncekeys.keys import brand
from oncekeys.keys.token import length
from oncekeys.models import Account, ApiKey
from oncekeys.reports.rotation_status import status_of
from oncekeys.services import finding
from oncekeys.services.refusals import Code, Refused
from oncekeys.views.access import manager_required
from oncekeys.views.frames import framed
from oncekeys.views.reauthentication import fresh_proof_required
from oncekeys.views.requests import AccountRequest


@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def find(request: AccountRequest, account: Account) -> HttpResponse:
    form = FindKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            found = finding.look_up(form.take(), account=account, address=request.by.address)
        except finding.SeveralKeys as error:
            form.add_error("key", str(error))
        except Refused as refused:
            form.add_error("key", _why_not(refused))
        else:
            # Answered by the POST itself: what was found out is kept nowhere.
            context = {**_answer(request, account, found.api_key), "only_id": found.only_id}
            return framed(request, "oncekeys/api_keys/found.html", context)
    context = {**_context(request, account), "title": _("Check a leaked key"), "form": form}
    return framed(request, "oncekeys/api_keys/find.html", context, status=422 if form.errors else 200)


def _why_not(refused: Refused) -> str:
    """For a person, in their language: what a door tells a developer is in English."""
    if refused.code == Code.TOO_MANY_FAILURES:
        return _("Too many wrong keys came from your IP address. Wait a minute, then try again.")
    return _("This isn’t a complete key. A key begins with %(live)s or %(test)s and has %(length)d characters.") % {
        "live": f"{brand.current()}_live_",
        "test": f"{brand.current()}_test_",
        "length": length(),
    }


def _context(request: AccountRequest, account: Account) -> dict[str, Any]:
    return {"account": account, "section": "integrations", "back": links.page(request, "apis_webhooks")}


def _answer(request: AccountRequest, account: Account, found: ApiKey | None) -> dict[str, Any]:
    if found is None:
        return {
            **_context(request, account),
            "title": _("This key doesn’t belong to %(account)s") % {"account": account.name},
        }
    api_key = account.api_keys.with_relatives().get(pk=found.pk)
    title = _("This key was deleted") if api_key.deleted_at else _("Key found")
    offers_rotation = api_key.works(at=api_key.now) and not api_key.is_replaced
    of_key = {
        "key": api_key,
        "offers_rotation": offers_rotation,
        "state": api_key.state(at=api_key.now),
        "rotation": status_of(api_key),
    }
    return {**_context(request, account), "title": title, **of_key}
