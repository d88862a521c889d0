"""Asking for the second step at sign-in, and later for a fresh proof: the library's views, without their dead ends."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import passthrough_next_redirect_url
from allauth.account.views import ReauthenticateView as ReauthenticateByPasswordView
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import two_step


class SignInView(AuthenticateView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Back to the sign-in page where nothing waits for a second step any more, and why."""
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if request.method == "POST" and not request.user.is_authenticated and not hasattr(request, "_login_stage"):
            messages.warning(request, _("That took too long. Please sign in again."))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "has_app": two_step.has_app(self.stage.login.user)}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _warn_of_last_codes(self.request, form)
        return response


class ConfirmView(ReauthenticateByPasswordView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Where they have neither a password nor a second step, they set a password first."""
        if request.user.is_authenticated and not get_adapter().get_reauthentication_methods(request.user):
            messages.warning(request, _("Set a password first, so you can confirm that it’s you."))
            return redirect("account_reset_password")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class ConfirmByCodeView(ReauthenticateView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "has_app": two_step.has_app(self.request.user)}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _warn_of_last_codes(self.request, form)
        return response


class ConfirmByPasskeyView(ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **kwargs}

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again: the library leads to the sign-in page, and so to the home page."""
        return self.render_to_response(self.get_context_data(form=form))


class SignInByPasskeyView(LoginWebAuthnView):
    def form_invalid(self, form: Any) -> HttpResponse:
        """The sign-in page, as in the library, but still on the way to where they wanted to go."""
        super().form_invalid(form)
        return redirect(passthrough_next_redirect_url(self.request, reverse("account_login"), REDIRECT_FIELD_NAME))


def _warn_of_last_codes(request: HttpRequest, form: Any) -> None:
    used = getattr(form, "authenticator", None)
    if used is None or used.type != Authenticator.Type.RECOVERY_CODES:
        return
    left = len(Authenticator.objects.get(pk=used.pk).wrap().get_unused_codes())
    if left == 0:
        messages.warning(request, _("That was your last recovery code. Create new ones in your profile now."))
    else:
        said = ngettext("You have %(count)d recovery code left.", "You have %(count)d recovery codes left.", left)
        messages.warning(request, said % {"count": left})


sign_in = SignInView.as_view()
sign_in_by_passkey = SignInByPasskeyView.as_view()
confirm = ConfirmView.as_view()
confirm_by_code = ConfirmByCodeView.as_view()
confirm_by_passkey = ConfirmByPasskeyView.as_view()
