"""Forms in which an owner decides how people sign in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from oncekeys.forms.seen import SeenForm


class SecurityForm(SeenForm):
    requires_two_step = forms.BooleanField(
        label=_("Everyone in this account must use two-step sign-in"),
        required=False,
        help_text=_("Members must set it up before they can open the account. API keys aren’t affected."),
    )
