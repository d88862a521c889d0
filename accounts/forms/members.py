"""Forms about members: inviting people, changing roles, and naming oneself."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role, User
from accounts.services import invitations, password_rules
from oncekeys.forms.names import NameField
from oncekeys.forms.seen import SeenForm
from oncekeys.models import Account, names


class RoleField(forms.TypedChoiceField):
    """A choice of the roles that this person may give."""

    def __init__(self, *, granted_by: Membership, **options: Any) -> None:
        choices = [(role, role.label) for role in Role if granted_by.may_grant(role)]
        super().__init__(label=_("Role"), choices=choices, coerce=Role, **options)


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "off", "placeholder": "grace@example.com"}),
    )

    def __init__(self, *args: Any, granted_by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = RoleField(granted_by=granted_by, initial=Role.MEMBER, help_text=ROLES_EXPLAINED)
        self.account = granted_by.account

    def clean_email(self) -> str:
        """The service asks again, under its lock. Here it's asked so that all errors are shown at once."""
        email: str = self.cleaned_data["email"]
        try:
            invitations.refuse_member(email, self.account)
        except invitations.AlreadyMember as error:
            raise forms.ValidationError(str(error)) from None
        return email


class RoleForm(SeenForm):
    def __init__(self, *args: Any, granted_by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = RoleField(granted_by=granted_by, help_text=ROLES_EXPLAINED)


class NewcomerForm(forms.Form):
    """A person who was invited and signs in for the first time."""

    name = NameField(
        label=_("Your name"),
        most=names.ACCOUNT_LENGTH,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.account = account

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_rules.refuse_words(password, password_rules.words_in([self.account.name]))
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


ROLES_EXPLAINED = _(
    "Owners and admins manage keys, settings and members. Only owners can change owners. Members can view the"
    " account but can’t manage it."
)
