"""What people type: its shape is checked here, its rules in models and services."""

from datetime import timedelta
from typing import Any, cast

from allauth.account.forms import LoginForm
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Environment, names

EXPIRY_CHOICES = (
    ("", _("Never")),
    (30, _("In 30 days")),
    (60, _("In 60 days")),
    (90, _("In 90 days")),
    (365, _("In a year")),
)


class NameField(forms.CharField):
    """A name by the rules of `models.names`."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(strip=False, required=False, **options)
        self.most = most
        self.widget.attrs.setdefault("maxlength", most)
        self.widget.attrs.setdefault("required", True)

    def clean(self, value: str) -> str:
        try:
            return names.clean(super().clean(value), most=self.most)
        except names.BadName as error:
            raise forms.ValidationError(str(error), code=type(error).__name__) from None


class NewApiKeyForm(forms.Form):
    name = NameField(
        label=_("API Key Name"),
        most=names.KEY_LENGTH,
        help_text=_("The application that will use it, so you recognise it later."),
        widget=forms.TextInput(
            attrs={
                "placeholder": _("e.g. Production CRM"),
                "autofocus": True,
                "autocomplete": "off",
            }
        ),
    )
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment, initial=Environment.PRODUCTION, widget=forms.RadioSelect
    )
    expires = forms.TypedChoiceField(
        label=_("Expires"), choices=EXPIRY_CHOICES, coerce=int, empty_value=None, required=False
    )

    def full_clean(self) -> None:
        super().full_clean()
        if self.has_error("name", code=names.NameIsAKey.__name__):
            # What was typed is a secret, so the page must not show it back.
            self.data = cast(QueryDict, self.data).copy()
            self.data["name"] = ""

    def clean_environment(self) -> Environment:
        return Environment(self.cleaned_data["environment"])

    def clean_expires(self) -> timedelta | None:
        days = self.cleaned_data["expires"]
        return None if days is None else timedelta(days=days)


class AccountForm(forms.Form):
    name = NameField(label=_("Account name"), most=names.ACCOUNT_LENGTH)


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Password managers look for a user name.
        self.fields["login"].widget.attrs.update(autofocus=True, autocomplete="username")
