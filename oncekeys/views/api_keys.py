"""The dialogs that create, change and delete a key."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oncekeys.forms.api_keys import EditApiKeyForm, NewApiKeyForm
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys, audit, narrowing
from oncekeys.views import dialogs
from oncekeys.views.access import manager_required
from oncekeys.views.deletion_risk import deletion_risk
from oncekeys.views.frames import framed
from oncekeys.views.reauthentication import fresh_proof_required
from oncekeys.views.requests import AccountRequest


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def new(request: AccountRequest, account: Account) -> HttpResponse:
    title = _("Create API key")
    if request.method != "POST" and account.is_full:
        return dialogs.refused(request, account, None, title=title, reason=str(api_keys.CapReached()))
    form = NewApiKeyForm(request.POST if request.method == "POST" else None, account=account)
    if form.is_valid() and (created := _create(request, account, form)):
        return dialogs.shown_once(request, account, created, title=_("API Key Created Successfully"))
    if form.errors and account.is_full and not form.non_field_errors():
        form.add_error(None, str(api_keys.CapReached()))
    context = dialogs.context(request, account, title, form=form, address=request.by.address)
    return framed(request, "oncekeys/api_keys/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def edit(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    api_key, title = dialogs.key_or_404(account, key_id), _("Edit key")
    if reason := _why_it_stays_as_it_is(api_key):
        return dialogs.refused(request, account, api_key, title=title, reason=reason)
    form = EditApiKeyForm(request.POST if request.method == "POST" else None, api_key=api_key)
    question = None
    try:
        if form.is_valid() and _change(request, api_key, form):
            return dialogs.done(request, account, _("“%(name)s” saved.") % form.terms)
    except narrowing.ShutsOut as error:
        question = error
    context = dialogs.context(request, account, title, form=form, key=api_key, question=question)
    context |= {"address": request.by.address, "seen_lately": narrowing.seen_lately(api_key, at=api_key.now)}
    status = 422 if form.is_refused or question else 200
    return framed(request, "oncekeys/api_keys/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def delete(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    api_key = dialogs.key_or_404(account, key_id)
    if request.method != "POST":
        title, template = _("Delete Key"), "oncekeys/api_keys/delete.html"
        if api_key.replacement:
            title, template = _("Delete old key"), "oncekeys/api_keys/delete_old.html"
        return framed(
            request, template, dialogs.context(request, account, title, key=api_key, **deletion_risk(api_key))
        )
    api_keys.delete(api_key=api_key, by=request.by)
    sentence = _("“%(name)s” was deleted. The key no longer works.")
    of_old_key = _("The old key of “%(name)s”, %(id)s, was deleted.")
    return dialogs.done(request, account, dialogs.said_of(api_key, sentence, of_old_key))


def _create(request: AccountRequest, account: Account, form: NewApiKeyForm) -> api_keys.NewKey | None:
    """The new key, or None with the reason added to the form."""
    try:
        return api_keys.create(account=account, by=request.by, **form.terms)
    except (api_keys.NameTaken, api_keys.ExpiryPassed, api_keys.CapReached) as error:
        form.add_error(error.field, str(error))
    return None


def _change(request: AccountRequest, api_key: ApiKey, form: EditApiKeyForm) -> bool:
    """Change the key, and return whether that was possible; otherwise the form shows the reason."""
    try:
        api_keys.change(api_key=api_key, by=request.by, **form.terms)
    except api_keys.NameTaken as error:
        form.add_error(error.field, str(error))
        return False
    except audit.Outdated as error:
        form.outdate(error.changes)
        return False
    return True


def _why_it_stays_as_it_is(api_key: ApiKey) -> str | None:
    if api_key.replacement:
        return _("Another key has replaced this one, so it can’t be changed.")
    if api_key.is_expired(at=api_key.now):
        return _("This key has expired, so it can’t be changed. Create a new one.")
    return None
