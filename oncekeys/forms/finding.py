"""The form for a leaked key. It holds a secret, so the page never shows what was pasted."""

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
            "required": _("Paste the key you found."),
            "max_length": _("This is too much text. Paste only the key, or the line it’s in."),
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
        """Return the pasted text once. After that, the form no longer has it, so a page can't show it."""
        text: str = self.cleaned_data.pop("key")
        return text
