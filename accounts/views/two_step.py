"""Switching two-step sign-in on and off: the library's views, each behind a fresh proof."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from allauth.account.views import password_change as library_password_change
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp.views import ActivateTOTPView, deactivate_totp
from allauth.mfa.webauthn import views as passkeys
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from accounts import compat, two_step
from accounts.models import Membership, User
from accounts.models import PersonEventKind as Kind
from accounts.services import person_log
from accounts.views.requests import SignedInRequest
from oncekeys.views.reauthentication import fresh_proof_required


class ActivateAppView(ActivateTOTPView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The secret waits in the session, which is in the database, until a code confirms it: encrypted there too."""
        if two_step.has_app(cast(User, request.user)):
            return redirect("mfa_index")
        compat.change_waiting_totp_secret(request, get_adapter().decrypt)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        compat.change_waiting_totp_secret(request, get_adapter().encrypt)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                response = super().form_valid(form)
                two_step.use_up_first(self.request.user, form.cleaned_data["code"])
        except IntegrityError:  # the same form, sent twice
            return redirect("mfa_index")
        _count_as_proof(self.request, Authenticator.Type.TOTP)
        return response


class AddPasskeyView(passkeys.AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Asks the browser for a passkey that signs in by itself, so with a fingerprint, a face or a PIN."""
        context = super().get_context_data(**kwargs)
        return {**context, "js_data": {"creation_options": compat.passkey_options(self.request.user)}}

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        _count_as_proof(self.request, Authenticator.Type.WEBAUTHN)
        return response


class RenamePasskeyView(passkeys.EditWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        person_log.record(Kind.PASSKEY_RENAMED, person=self.request.user, request=self.request)
        return response


class OverviewView(IndexView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "requiring": _requiring(self.request.user)}


@fresh_proof_required
def change_password(request: SignedInRequest) -> HttpResponseBase:
    """Change the password. A person without one gets a link by email instead."""
    if not request.user.has_usable_password():
        return redirect("account_reset_password")
    response: HttpResponseBase = library_password_change(request)
    return response


@fresh_proof_required
def generate_recovery_codes(request: SignedInRequest) -> HttpResponseBase:
    """Create recovery codes. They replace a second step, so a person without one is sent to set one up first."""
    if not two_step.is_on(request.user):
        return redirect("mfa_index")
    response: HttpResponseBase = recovery_codes.generate_recovery_codes(request)
    return response


def _noted(view: Callable[..., HttpResponseBase], kind: Kind) -> Callable[..., HttpResponseBase]:
    """The view, and an event if it has answered."""

    @wraps(view)
    def noting(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == HTTPStatus.OK:
            person_log.record(kind, person=request.user, request=request)
        return response

    return noting


def _count_as_proof(request: HttpRequest, kind: Authenticator.Type) -> None:
    """Count setting up a second step as a proof of identity."""
    compat.record_proof(request, request.user, method="mfa", type=kind)


def _requiring(user: User) -> list[str]:
    """The names of their accounts that ask for a second step."""
    memberships = Membership.objects.filter(user=user, account__two_step_requirement__isnull=False)
    return list(memberships.order_by("account__name").values_list("account__name", flat=True))


index = never_cache(OverviewView.as_view())

activate_app = fresh_proof_required(ActivateAppView.as_view())
deactivate_app = fresh_proof_required(deactivate_totp)

view_recovery_codes = fresh_proof_required(_noted(recovery_codes.view_recovery_codes, Kind.RECOVERY_CODES_SHOWN))
download_recovery_codes = fresh_proof_required(
    _noted(recovery_codes.download_recovery_codes, Kind.RECOVERY_CODES_SHOWN)
)

list_passkeys = never_cache(passkeys.list_webauthn)
add_passkey = fresh_proof_required(AddPasskeyView.as_view())
rename_passkey = fresh_proof_required(RenamePasskeyView.as_view())
remove_passkey = fresh_proof_required(passkeys.remove_webauthn)
