"""What an owner decides about how people sign in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from oncekeys.forms.seen import SeenForm


class SecurityForm(SeenForm):
    requires_two_step = forms.BooleanField(
        label=_("Everybody in this account must use two-step sign-in"),
        required=False,
        help_text=_(
            "Who has not set it up is asked to before they see anything of the account. API keys go on working."
        ),
    )
