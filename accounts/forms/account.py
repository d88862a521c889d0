"""Forms about an account."""

from django.utils.translation import gettext_lazy as _

from oncekeys.forms.names import NameField
from oncekeys.forms.seen import SeenForm
from oncekeys.models import names


class AccountForm(SeenForm):
    name = NameField(label=_("Account name"), most=names.ACCOUNT_LENGTH)
