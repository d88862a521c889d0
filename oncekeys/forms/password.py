"""Asks for a person's password once more."""

from django import forms
from django.utils.translation import gettext_lazy as _

from oncekeys.forms.rendering import FormRenderer


class PasswordForm(forms.Form):
    default_renderer = FormRenderer

    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
