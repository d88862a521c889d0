"""A name, of a key, an account, a person or a passkey."""

from typing import Any

from django import forms

from oncekeys.models import names


class NameField(forms.CharField):
    """A name by the rules of `models.names`."""

    def __init__(self, *, most: int, optional: bool = False, **options: Any) -> None:
        super().__init__(strip=False, required=False, **options)
        self.most = most
        self.optional = optional
        self.widget.attrs.setdefault("maxlength", most)
        self.widget.attrs.setdefault("required", not optional)

    def clean(self, value: str) -> str:
        name: str = super().clean(value)
        if self.optional and not name.strip():
            return ""
        try:
            return names.clean(name, most=self.most)
        except names.BadName as error:
            raise forms.ValidationError(str(error), code=type(error).__name__) from None
