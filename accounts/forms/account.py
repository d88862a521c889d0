"""What is said of an account."""

from django.utils.translation import gettext_lazy as _

from accounts.forms.names import NameField
from accounts.forms.seen import SeenForm
from accounts.models import names


class AccountForm(SeenForm):
    name = NameField(label=_("Account name"), most=names.ACCOUNT_LENGTH)
