"""What a person decides for themselves."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from accounts.forms.names import NameField
from accounts.models import User, names, time_zones


class LanguageSelect(forms.Select):
    """Each language in its own name, which a screen reader then speaks in that language."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["lang"] = value
        return option


class PersonForm(forms.ModelForm):
    name = NameField(
        label=gettext_lazy("Name"), most=names.ACCOUNT_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False, widget=LanguageSelect)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["name", "time_zone", "language"]

    def __init__(self, *args: Any, browser_language: str, browser_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = _languages(browser_language)  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = _zones(browser_zone, self.instance.time_zone)  # type: ignore[attr-defined]


class MailForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["wants_key_mail"]
        help_texts = {
            "wants_key_mail": gettext_lazy(
                "When a key of an account you manage is created, rotated, deleted, sent without encryption, or expires"
                " soon."
            )
        }


class EmailForm(forms.Form):
    """A new address to sign in with. Whether somebody else has it is not told."""

    email = forms.EmailField(
        label=gettext_lazy("New email address"),
        max_length=254,
        error_messages={"required": gettext_lazy("Enter an address.")},
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "email"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email == self.user.email:
            raise forms.ValidationError(_("This is your address already."))
        return email


def _languages(browsers: str) -> Iterable[tuple[str, str]]:
    own_names = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    return [("", _as_browser(dict(own_names).get(browsers, ""))), *own_names]


def _zones(browsers: str, chosen: str) -> Iterable[tuple[str, Any]]:
    """One that was chosen stays a choice, by whatever name."""
    told = time_zones.shown(browsers) if browsers in time_zones.known() else ""
    regions = time_zones.by_region()
    listed = {zone for _region, places in regions for zone, _place in places}
    others = sorted({time_zones.UTC} | ({chosen} - listed - {""}))
    return [("", _as_browser(told)), *((zone, time_zones.shown(zone)) for zone in others), *regions]


def _as_browser(told: str) -> str:
    return _("As my browser says (%(told)s)") % {"told": told} if told else _("As my browser says")
