"""Pausing a key, and letting it in again."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oncekeys.models import Account
from oncekeys.services import api_keys
from oncekeys.views import dialogs
from oncekeys.views.access import manager_required
from oncekeys.views.deletion_risk import deletion_risk
from oncekeys.views.frames import framed
from oncekeys.views.reauthentication import fresh_proof_required
from oncekeys.views.requests import AccountRequest


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def pause(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    api_key = dialogs.key_or_404(account, key_id)
    if request.method != "POST":
        title = _("Pause old key") if api_key.replacement else _("Pause key")
        context = dialogs.context(request, account, title, key=api_key, **deletion_risk(api_key))
        return framed(request, "oncekeys/api_keys/pause.html", context)
    api_keys.pause(api_key=api_key, by=request.by)
    sentence = _("“%(name)s” is paused. Requests are refused until you resume it.")
    of_old_key = _("The old key of “%(name)s”, %(id)s, is paused. Requests are refused until you resume it.")
    return dialogs.done(request, account, dialogs.said_of(api_key, sentence, of_old_key))


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def resume(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    api_key = dialogs.key_or_404(account, key_id)
    if request.method != "POST":
        title = _("Resume old key") if api_key.replacement else _("Resume key")
        context = dialogs.context(request, account, title, key=api_key)
        return framed(request, "oncekeys/api_keys/resume.html", context)
    api_keys.resume(api_key=api_key, by=request.by)
    sentence = _("“%(name)s” is active again.")
    of_old_key = _("The old key of “%(name)s”, %(id)s, is active again.")
    return dialogs.done(request, account, dialogs.said_of(api_key, sentence, of_old_key))
