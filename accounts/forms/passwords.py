"""A new password: asked for when the old one is forgotten, set by the link in the mail, or changed."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import outbox
from accounts.services import forgotten

LABELS = {
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password (again)"),
}


class ForgottenForm(ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autofocus"] = True

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send the email. The page says the same for every email address; only the email differs."""
        email: str = self.cleaned_data["email"]
        if not self.users and ratelimit.consume(request, action="reset_password_mail", key=email):
            forgotten.explain(email)
        saved: str = super().save(request, **kwargs)
        return saved

    def clean(self) -> dict[str, Any] | None:
        """The same whether or not there is such a person, so the answer tells nothing about that."""
        if not self.errors and outbox.is_delayed():
            raise forms.ValidationError(_("We can’t send email right now. Try again in a few minutes."))
        return super().clean()


class SetPasswordForm(ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _introduce(self)


class ChangeOwnPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _introduce(self)


def _introduce(form: forms.Form) -> None:
    """The fields have our labels, and the first of them the focus."""
    for name, field in form.fields.items():
        field.label = LABELS[name]
    next(iter(form.fields.values())).widget.attrs["autofocus"] = True
