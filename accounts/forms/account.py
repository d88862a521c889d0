"""What is said of an account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.names import NameField
from accounts.models import names


class AccountForm(forms.Form):
    name = NameField(label=_("Account name"), most=names.ACCOUNT_LENGTH)
