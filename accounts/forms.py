"""What people type: its shape is checked here, its rules in models and services."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Environment, key_name

EXPIRY_CHOICES = (
    ("", _("Never")),
    (30, _("In 30 days")),
    (60, _("In 60 days")),
    (90, _("In 90 days")),
    (365, _("In a year")),
)


class NewApiKeyForm(forms.Form):
    name = forms.CharField(
        label=_("API Key Name"),
        strip=False,
        error_messages={"required": _("Give the key a name, so that you recognise it later.")},
        help_text=_("The application that will use it, so you recognise it later."),
        widget=forms.TextInput(
            attrs={
                "placeholder": _("e.g. Production CRM"),
                "maxlength": key_name.MAX_LENGTH,
                "autofocus": True,
                "autocomplete": "off",
            }
        ),
    )
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment, initial=Environment.PRODUCTION, widget=forms.RadioSelect
    )
    expires_at = forms.TypedChoiceField(
        label=_("Expires"), choices=EXPIRY_CHOICES, coerce=int, empty_value=None, required=False
    )

    def clean_name(self) -> str:
        try:
            return key_name.clean(self.cleaned_data["name"])
        except key_name.NameIsAKey as error:
            self._forget_name()
            raise forms.ValidationError(str(error)) from None
        except key_name.BadName as error:
            raise forms.ValidationError(str(error)) from None

    def clean_environment(self) -> Environment:
        return Environment(self.cleaned_data["environment"])

    def clean_expires_at(self) -> datetime | None:
        days = self.cleaned_data["expires_at"]
        return None if days is None else timezone.now() + timedelta(days=days)

    def _forget_name(self) -> None:
        """What was typed is a secret, so the page must not show it back."""
        self.data = {**self.data, "name": ""}


class AccountForm(forms.Form):
    name = forms.CharField(
        label=_("Account name"), max_length=100, error_messages={"required": _("Give the account a name.")}
    )


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Password managers look for a user name.
        self.fields["login"].widget.attrs.update(autofocus=True, autocomplete="username")
