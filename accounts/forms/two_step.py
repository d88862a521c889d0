"""What people type for two-step sign-in, in words for those who do it for the first time."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms.names import NameField

LONGEST_NAME = 64
LONGEST_CODE = 32
CODE_ATTRIBUTES = {"autofocus": True, "autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}

# What parsing and checking raise for what no browser would send.
NOT_A_PASSKEY = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error, InvalidSignature)


def _code(label: Any, *, digits_only: bool = False) -> forms.CharField:
    attributes = {**CODE_ATTRIBUTES, "inputmode": "numeric"} if digits_only else CODE_ATTRIBUTES
    return forms.CharField(label=label, max_length=LONGEST_CODE, widget=forms.TextInput(attrs=attributes))


def _name(*, optional: bool = False) -> NameField:
    return NameField(
        label=_("Name"),
        most=LONGEST_NAME,
        optional=optional,
        help_text=_("So you recognise it later: where it is kept, for example."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ActivateAppForm(ActivateTOTPForm):
    code = _code(_("Six digits from the app"), digits_only=True)


class SecondStepForm(AuthenticateForm):
    code = _code(_("Code"))


class ConfirmByCodeForm(ReauthenticateForm):
    code = _code(_("Code"))


class PasskeysOnly:
    """What answers the browser's question is a passkey, or refused with a sentence."""

    def clean_credential(self) -> Authenticator:
        with _refused_unless_a_passkey():
            return super().clean_credential()  # type: ignore[misc]


class PasskeySignInForm(PasskeysOnly, LoginWebAuthnForm):
    pass


class PasskeyStepForm(PasskeysOnly, AuthenticateWebAuthnForm):
    pass


class ConfirmByPasskeyForm(PasskeysOnly, ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    # Every passkey signs in by itself; there is nothing to choose.
    passwordless = None
    # The browser keeps the passkey before the name is sent, so don't refuse it only because the name is missing.
    name = _name(optional=True)

    def clean(self) -> dict[str, Any]:
        with _refused_unless_a_passkey():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class RenamePasskeyForm(EditWebAuthnForm):
    name = _name()


@contextmanager
def _refused_unless_a_passkey() -> Iterator[None]:
    """Whatever else was sent is refused with a sentence, and is no error of ours."""
    try:
        yield
    except NOT_A_PASSKEY as error:
        raise forms.ValidationError(
            gettext("This passkey was not accepted. Try again, or take another way.")
        ) from error
