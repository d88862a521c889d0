"""Forms for two-step sign-in, in words for people who set it up for the first time."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
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

from accounts import compat, two_step
from accounts.models import PersonEventKind, User
from accounts.services import person_log
from oncekeys.forms.names import NameField

LONGEST_NAME = 64
LONGEST_CODE = 32
CODE_ATTRIBUTES = {"autofocus": True, "autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}

WRONG_CODE = "incorrect_code"
NOT_ACCEPTED = _("This passkey wasn’t accepted. Try again, or use another way.")
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
        help_text=_("A name you’ll recognize later, such as the device it’s on."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ActivateAppForm(ActivateTOTPForm):
    code = _code(_("Six digits from the app"), digits_only=True)

    def clean_code(self) -> str:
        """The page makes a new secret whenever it is opened, so the app may hold that of another tab."""
        try:
            code: str = super().clean_code()
        except forms.ValidationError as error:
            if error.code != WRONG_CODE:
                raise
            raise forms.ValidationError(
                gettext("That code doesn’t match the QR code on this page. Scan it again, then type the next code.")
            ) from error
        return code


class CountsOnce:
    """A code of the app or a recovery code, accepted once."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        forget_failures = compat.limit_second_steps(self.user)
        code: str = self.cleaned_data["code"]
        authenticator = two_step.accept(self.user, code)
        if authenticator is None:
            compat.tell_second_step_failed(self, Authenticator.objects.filter(user=self.user).first())
            raise get_adapter().validation_error(WRONG_CODE)
        forget_failures()
        self.authenticator = authenticator
        return code


class SecondStepForm(CountsOnce, AuthenticateForm):
    code = _code(_("Code"))


class ConfirmByCodeForm(CountsOnce, ReauthenticateForm):
    code = _code(_("Code"))


class HoldsCredential:
    """A form whose field the browser fills in: a person can do nothing about what is wrong in it but try again."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages |= {"required": NOT_ACCEPTED, "invalid": NOT_ACCEPTED}


class PasskeysOnly(HoldsCredential):
    """A form that accepts only a passkey, and refuses anything else with a sentence."""

    user: User | None
    fails_as = PersonEventKind.SECOND_STEP_FAILED

    def clean_credential(self) -> Authenticator:
        try:
            with _refused_unless_a_passkey():
                return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            person_log.failed(self.fails_as, context.request, person=self.user, method=Authenticator.Type.WEBAUTHN)
            raise


class PasskeySignInForm(PasskeysOnly, LoginWebAuthnForm):
    fails_as = PersonEventKind.SIGN_IN_FAILED


class PasskeyStepForm(PasskeysOnly, AuthenticateWebAuthnForm):
    pass


class ConfirmByPasskeyForm(PasskeysOnly, ReauthenticateWebAuthnForm):
    fails_as = PersonEventKind.PROOF_FAILED


class AddPasskeyForm(HoldsCredential, AddWebAuthnForm):
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
    """Turn anything that isn't a passkey into a sentence on the form instead of an error."""
    try:
        yield
    except (*NOT_A_PASSKEY, forms.ValidationError) as error:
        # To the library, a wrong passkey is a wrong code.
        if getattr(error, "code", WRONG_CODE) != WRONG_CODE:
            raise
        raise forms.ValidationError(str(NOT_ACCEPTED)) from error
