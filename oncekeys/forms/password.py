"""Asks for a person's password once more."""

from django import forms
from django.utils.translation import gettext_lazy as _

from oncekeys.forms.rendering import Form


class PasswordForm(Form):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
