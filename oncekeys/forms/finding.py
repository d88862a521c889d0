"""Where a key is pasted that was found somewhere: a secret, so nothing of it comes back."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from oncekeys.forms.rendering import Form
from oncekeys.keys import brand

# Enough for a key with the file it was found in around it.
LONGEST = 20_000


class FindKeyForm(Form):
    key = forms.CharField(
        label=_("Leaked key"),
        max_length=LONGEST,
        help_text=_("You can paste the whole line. We only check it; we don’t store, log or show it."),
        error_messages={
            "required": _("Paste the key that you found."),
            "max_length": _("This is too much text. Paste the key, or the line it stands in."),
        },
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "dir": "ltr",
            }
        ),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["key"].widget.attrs["placeholder"] = f"{brand.current()}_live_…"

    def full_clean(self) -> None:
        super().full_clean()
        self.data = QueryDict()

    @sensitive_variables()
    def take(self) -> str:
        """What was pasted, once: the form, which a page is made from, no longer has it."""
        text: str = self.cleaned_data.pop("key")
        return text
