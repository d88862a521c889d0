"""What a person decides for themselves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["wants_key_mail"]
        help_texts = {
            "wants_key_mail": _(
                "When a key of an account you manage is created, rotated, deleted, sent without encryption, or expires"
                " soon."
            )
        }
