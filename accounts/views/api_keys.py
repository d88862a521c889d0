"""APIs & Webhooks: the list of keys, and the dialogs that change it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from accounts import conf
from accounts.authentication.addresses import client_address
from accounts.forms import NewApiKeyForm
from accounts.models import Account
from accounts.services import api_keys
from accounts.views.access import manager_required
from accounts.views.frames import framed
from accounts.views.requests import AccountRequest

# What the list behind a dialog listens for, to fetch itself anew.
CHANGED = "api-keys-changed"


@require_safe
@gzip_page  # a long list, fetched anew after every change; it holds no secret that its length could tell
@manager_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    now = timezone.now()
    keys = list(account.api_keys.listed())
    context = {
        **_context(account),
        "rows": [(key, key.state(at=now)) for key in keys],
        "active": account.api_keys.active().count(),
        "cap": conf.MAX_ACTIVE_KEYS,
    }
    return render(request, "settings/api_keys/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def new(request: AccountRequest, account: Account) -> HttpResponse:
    form = NewApiKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (created := _create(request, account, form)):
        # Answered by the POST itself: there is nowhere to read the key back from.
        return trigger_client_event(_shown_once(request, account, created), CHANGED)
    context = {**_context(account), "title": _("Create API key"), "form": form}
    return framed(request, "settings/api_keys/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    api_key = get_object_or_404(account.api_keys.listed(), key_id=key_id)
    if request.method != "POST":
        context = {**_context(account), "title": _("Delete Key"), "key": api_key}
        return framed(request, "settings/api_keys/delete.html", context)
    api_keys.delete(api_key=api_key, actor=request.user, address=client_address(request))
    messages.success(request, _("“%(name)s” was deleted. Its key is refused from now on.") % {"name": api_key.name})
    if request.htmx:
        return trigger_client_event(HttpResponse(), CHANGED)
    return redirect("apis_webhooks", account.slug)


def _context(account: Account) -> dict[str, Any]:
    return {"account": account, "section": "integrations"}


def _shown_once(request: AccountRequest, account: Account, created: api_keys.NewKey) -> HttpResponse:
    context = {
        **_context(account),
        "title": _("API Key Created Successfully"),
        "created": created,
        "test_url": conf.public_url() + reverse("api_test"),
    }
    return framed(request, "settings/api_keys/created.html", context)


def _create(request: AccountRequest, account: Account, form: NewApiKeyForm) -> api_keys.NewKey | None:
    """The new key, or None with the reason added to the form."""
    try:
        return api_keys.create(
            account=account, actor=request.user, address=client_address(request), **form.cleaned_data
        )
    except api_keys.NameTaken as error:
        form.add_error("name", str(error))
    except api_keys.CapReached as error:
        form.add_error(None, str(error))
    return None
