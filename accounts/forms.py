"""What people type: its shape is checked here, its rules in models and services."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import names


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


class AccountForm(forms.Form):
    name = NameField(label=_("Account name"), most=names.ACCOUNT_LENGTH)


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Password managers look for a user name.
        self.fields["login"].widget.attrs.update(autofocus=True, autocomplete="username")
