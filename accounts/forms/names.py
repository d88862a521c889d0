"""A name, of a key or of an account."""

from typing import Any

from django import forms

from accounts.models import names


class NameField(forms.CharField):
    """A name by the rules of `models.names`."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(strip=False, required=False, **options)
        self.most = most
        self.widget.attrs.setdefault("maxlength", most)
        self.widget.attrs.setdefault("required", True)

    def clean(self, value: str) -> str:
        try:
            return names.clean(super().clean(value), most=self.most)
        except names.BadName as error:
            raise forms.ValidationError(str(error), code=type(error).__name__) from None
