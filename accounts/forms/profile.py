"""Forms in which people change their own profile."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User, time_zones
from oncekeys.forms.names import NameField
from oncekeys.models import names


class LanguageSelect(forms.Select):
    """Each language in its own name, which a screen reader then speaks in that language."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["lang"] = value
        return option


class ZoneSelect(forms.Select):
    """Draws four hundred places at once. Django's draws each by a template, which takes most of the page's time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string("profile/_zone_select.html", self.get_context(name, value, attrs))


class ZoneField(forms.ChoiceField):
    """A time zone. It accepts every name a place has or had, and offers today's names."""

    widget = ZoneSelect

    def to_python(self, value: Any) -> str:
        return time_zones.canonical(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return time_zones.canonical(initial or "") != time_zones.canonical(data or "")


class OwnForm(forms.ModelForm):
    """Knows the values that it was shown with, so that it undoes no change made in another window."""

    def __init__(self, data: QueryDict | None = None, **options: Any) -> None:
        super().__init__(data.copy() if data is not None else None, **options)
        for name, field in self.fields.items():
            field.show_hidden_initial = True
            if self.is_bound:
                # Who doesn't send what they were shown was shown what is there now.
                cast(QueryDict, self.data).setdefault(self.add_initial_prefix(name), self._current(name))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if outdated := [name for name in self.fields if self._is_outdated(name)]:
            self._take_over(outdated)
            labels = ", ".join(str(self[name].label) for name in outdated)
            raise forms.ValidationError(
                _("Your profile was changed in another window: %(fields)s. Check it, then save again.")
                % {"fields": labels}
            )
        return cleaned

    def _is_outdated(self, name: str) -> bool:
        field = self.fields[name]
        shown = field.hidden_widget().value_from_datadict(self.data, self.files, self.add_initial_prefix(name))
        return field.has_changed(self.initial[name], shown)

    def _take_over(self, names: list[str]) -> None:
        """Keep what was typed and refresh what was left alone, so that the next save has seen it."""
        data, typed = cast(QueryDict, self.data), set(self.changed_data)
        for name in names:
            if name not in typed:
                data[name] = self._current(name)
            data[self.add_initial_prefix(name)] = self._current(name)

    def _current(self, name: str) -> Any:
        return self.fields[name].prepare_value(self.initial[name])


class PersonForm(OwnForm):
    name = NameField(
        label=gettext_lazy("Name"), most=names.ACCOUNT_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False, widget=LanguageSelect)
    time_zone = ZoneField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["name", "time_zone", "language"]

    def __init__(
        self, data: QueryDict | None = None, /, *, browser_language: str, browser_zone: str, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.fields["language"].choices = _languages(browser_language)  # type: ignore[attr-defined]
        chosen = self.initial["time_zone"] = time_zones.canonical(self.instance.time_zone)
        self.fields["time_zone"].choices = _zones(browser_zone, chosen)  # type: ignore[attr-defined]


class MailForm(OwnForm):
    class Meta:
        model = User
        fields = ["wants_key_mail"]
        help_texts = {
            "wants_key_mail": gettext_lazy(
                "We’ll email you when a key in an account you manage is created, rotated, deleted, sent without"
                " encryption, or about to expire."
            )
        }


class EmailForm(forms.Form):
    """A new email address to sign in with. The form doesn't reveal whether someone else has it."""

    email = forms.EmailField(
        label=gettext_lazy("New email address"),
        max_length=254,
        error_messages={"required": gettext_lazy("Enter an email address.")},
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "email"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email == self.user.email:
            raise forms.ValidationError(_("This is already your email address."))
        return email


def _languages(browsers: str) -> Iterable[tuple[str, str]]:
    return [("", _as_browser(dict(settings.LANGUAGES).get(browsers, ""))), *settings.LANGUAGES]


def _zones(browsers: str, chosen: str) -> Iterable[tuple[str, Any]]:
    """Yield the time zones. One that was chosen stays a choice, even if it isn't a place."""
    now = timezone.now()
    told = time_zones.shown(time_zones.canonical(browsers)) if time_zones.find(browsers) else ""
    regions = time_zones.by_region(at=now)
    listed = {zone for _region, places in regions for zone, _place in places}
    others = [(zone, _with_offset(zone, now)) for zone in {chosen} & time_zones.known() - listed - {time_zones.UTC}]
    return [("", _as_browser(told)), (time_zones.UTC, time_zones.UTC), *others, *regions]


def _with_offset(zone: str, now: datetime) -> str:
    return f"{time_zones.shown(zone)} ({time_zones.offset(zone, at=now)})"


def _as_browser(told: str) -> str:
    return _("Same as browser (%(told)s)") % {"told": told} if told else _("Same as browser")
