"""Rotating a key: a new one takes over, the old one works on for a while."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oncekeys.forms.api_keys import RotationForm
from oncekeys.models import Account, ApiKey
from oncekeys.reports.rotation_status import status_of
from oncekeys.services import rotation
from oncekeys.views import dialogs
from oncekeys.views.access import manager_required
from oncekeys.views.deletion_risk import deletion_risk
from oncekeys.views.frames import framed
from oncekeys.views.reauthentication import fresh_proof_required
from oncekeys.views.requests import AccountRequest


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def rotate(request: AccountRequest, account: Account, key_id: str) -> HttpResponse:
    api_key, title = dialogs.key_or_404(account, key_id), _("Rotate key")
    data = request.POST if request.method == "POST" else None
    form = RotationForm(data, left=_left(api_key), proposed=request.GET.get("grace", ""))
    try:
        if form.is_valid():
            return _rotated(request, account, api_key, **form.cleaned_data)
        rotation.refuse(api_key, now=api_key.now)
    except rotation.CannotRotate as error:
        before = rotation.stands_beside(api_key, now=api_key.now)
        more = {"before": before, "rotation": status_of(api_key)}
        return dialogs.refused(request, account, api_key, title=title, reason=str(error), **more)
    context = dialogs.context(request, account, title, key=api_key, form=form, **_outlook(api_key, form))
    return framed(request, "oncekeys/api_keys/rotate.html", context, status=422 if form.errors else 200)


def _rotated(request: AccountRequest, account: Account, api_key: ApiKey, *, grace: timedelta) -> HttpResponse:
    created = rotation.rotate(api_key=api_key, by=request.by, grace=grace)
    return dialogs.shown_once(
        request, account, created, title=_("API Key Rotated Successfully"), old=created.api_key.replaces
    )


def _outlook(api_key: ApiKey, form: RotationForm) -> dict[str, Any]:
    """Return what will happen."""
    return {
        "choices": [(choice, _end(api_key, timedelta(seconds=int(choice.data["value"])))) for choice in form["grace"]],
        **deletion_risk(api_key),
        "expires_at": rotation.expiry_of_successor(api_key, renews=True, now=api_key.now),
    }


def _left(api_key: ApiKey) -> timedelta | None:
    return api_key.expires_at - api_key.now if api_key.expires_at else None


def _end(api_key: ApiKey, grace: timedelta) -> datetime:
    """When the key stops working. It never outlives its own end."""
    end = api_key.now + grace
    return min(api_key.expires_at or end, end)
