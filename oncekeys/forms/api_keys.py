"""Forms about keys check the shape of what people type. The rules are in models and services."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from oncekeys import conf
from oncekeys.forms.names import NameField
from oncekeys.forms.rendering import Form
from oncekeys.forms.seen import SeenForm
from oncekeys.models import Account, ApiKey, AuditEvent, Environment, names, networks, scopes
from oncekeys.services import api_keys, rotation

ON_A_DATE = "date"
LIVES = (30, 60, 90)  # days to choose from
# Beyond any use, and far from where calendars end.
LONGEST_LIFE = timedelta(days=36525)

GRACES = (timedelta(0), timedelta(hours=1), rotation.DEFAULT_GRACE, rotation.LONGEST_GRACE)

# What people read for the scopes that every site starts with; others are shown as they are declared.
SCOPE_LABELS = {"read-only": _("Read only"), scopes.FULL: _("Full access")}


def _until_when() -> str:
    zone = timezone.get_current_timezone_name().replace("_", " ")
    return gettext("Expires at the end of that day (%(zone)s).") % {"zone": zone}


class NetworksField(forms.CharField):
    """Networks by the rules of `models.networks`: an error for each line that is wrong."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)

    def clean(self, value: str) -> str:
        text = super().clean(value)
        if names.LOOKS_LIKE_A_KEY.search(text):
            raise forms.ValidationError(
                gettext("This looks like a key. Enter IP addresses instead."), code=names.NameIsAKey.__name__
            )
        try:
            return networks.clean(text)
        except networks.BadNetworks as error:
            raise forms.ValidationError(list(error.messages)) from None


class ScopesField(forms.MultipleChoiceField):
    """Scopes by the rules of `models.scopes`, of those that the deployment declares and the key has."""

    def hold(self, held: str) -> None:
        self._held = held
        self.choices = [(name, SCOPE_LABELS.get(name, name)) for name in scopes.on_offer(held)]

    def clean(self, value: Any) -> list[str]:
        try:
            return scopes.clean(self.to_python(value), held=self._held).split()
        except scopes.BadScopes as error:
            raise forms.ValidationError(str(error)) from None


class ApiKeyForm(Form):
    """The fields of a key that are set at creation and can be changed later."""

    name = NameField(
        label=_("API Key Name"),
        most=names.KEY_LENGTH,
        help_text=_("Name the application that will use this key."),
        widget=forms.TextInput(
            attrs={
                "placeholder": _("e.g. Production CRM"),
                "autofocus": True,
                "autocomplete": "off",
            }
        ),
    )
    addresses = NetworksField(
        label=_("Allowed IP addresses"),
        help_text=_("One IP address or network per line. Leave it empty to allow any IP address."),
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "placeholder": "203.0.113.7\n2001:db8::/32",
                "spellcheck": "false",
                "autocapitalize": "off",
            }
        ),
    )
    scopes = ScopesField(label=_("Scopes"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, account: Account, api_key: ApiKey | None = None, **options: Any) -> None:
        """`api_key`: the one to change."""
        super().__init__(*args, **options)
        self.account, self.api_key = account, api_key
        cast(ScopesField, self.fields["scopes"]).hold(api_key.scopes if api_key else "")

    def clean_name(self) -> str:
        """The service asks again, under its lock. Here it's asked so that all errors are shown at once."""
        name: str = self.cleaned_data["name"]
        try:
            api_keys.refuse_taken(name, self.account.api_keys.active(), but=self.api_key)
        except api_keys.NameTaken as error:
            raise forms.ValidationError(str(error)) from None
        return name

    def full_clean(self) -> None:
        super().full_clean()
        for field in ("name", "addresses"):
            if self.has_error(field, code=names.NameIsAKey.__name__):
                # What was typed is a secret, so the page must not show it back.
                self.data = cast(QueryDict, self.data).copy()
                self.data[field] = ""

    @property
    def terms(self) -> dict[str, Any]:
        """Return the values as keyword arguments for services."""
        return {
            "name": self.cleaned_data["name"],
            "networks": self.cleaned_data["addresses"],
            "scopes": self.cleaned_data["scopes"],
        }


class NewApiKeyForm(ApiKeyForm):
    environment = forms.ChoiceField(label=_("Environment"), choices=Environment, widget=forms.RadioSelect)
    expires = forms.ChoiceField(label=_("Expires"), choices=lambda: _expiry_choices(), required=False)
    expires_on = forms.DateField(
        label=_("Date"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=lazy(_until_when, str)(),
        error_messages={"invalid": _("Enter a valid date, such as 2030-12-31.")},
    )

    def __init__(self, data: QueryDict | None = None, *, account: Account) -> None:
        initial = {"scopes": scopes.default(), "environment": conf.environment() or Environment.PRODUCTION}
        super().__init__(_with_usual_scopes(data), initial=initial, account=account)

    def clean_environment(self) -> Environment:
        return Environment(self.cleaned_data["environment"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("expires") != ON_A_DATE:
            # A field left out is not asked for.
            self.errors.pop("expires_on", None)
        elif not self.has_error("expires_on"):
            self._check_date(cleaned["expires_on"])
        return cleaned

    def _check_date(self, day: date | None) -> None:
        if day is None:
            self.add_error("expires_on", gettext("Choose a date."))
        elif day - timezone.localdate() > LONGEST_LIFE:
            self.add_error("expires_on", gettext("Choose a date within 100 years, or choose “Never”."))
        elif end_of(day) <= self.account.clock():
            self.add_error("expires_on", str(api_keys.ExpiryPassed()))

    @property
    def terms(self) -> dict[str, Any]:
        return {**super().terms, "environment": self.cleaned_data["environment"], "expires": self._expires}

    @property
    def _expires(self) -> timedelta | datetime | None:
        chosen = self.cleaned_data["expires"]
        if chosen == ON_A_DATE:
            return end_of(self.cleaned_data["expires_on"])
        return timedelta(days=int(chosen)) if chosen else None

    @property
    def is_limited(self) -> bool:
        """Something under "More options" is unusual or wrong, so it must be in sight."""
        if self.has_error("addresses") or self.has_error("scopes"):
            return True
        return bool(self["addresses"].value()) or self["scopes"].value() != scopes.default()


def _lines(addresses: str) -> str:
    return "\n".join(map(networks.shown, addresses.splitlines()))


# What is stored of a key, as its form holds it.
AS_TYPED: dict[str, Callable[[str], list[str]]] = {
    "name": lambda name: [name],
    "addresses": lambda addresses: [_lines(addresses)],
    "scopes": str.split,
}


class EditApiKeyForm(SeenForm, ApiKeyForm):
    # IP addresses to allow besides those typed, and the consequences for callers that are accepted.
    add = forms.CharField(required=False)
    anyway = forms.CharField(required=False)

    def __init__(self, data: QueryDict | None = None, *, api_key: ApiKey) -> None:
        initial = {
            "name": api_key.name,
            "addresses": _lines(api_key.addresses),
            "scopes": api_key.scopes.split(),
            "seen": api_key.changes.latest_id(),
        }
        super().__init__(_with_added(data), initial=initial, account=api_key.account, api_key=api_key)

    def outdate(self, changes: Sequence[AuditEvent]) -> None:
        """A field that its reader left alone takes over what others changed in it."""
        super().outdate(changes)
        for field, typed in AS_TYPED.items():
            steps = [cast(dict[str, str], change.details) for change in changes if f"{field}_before" in change.details]
            if steps and typed(steps[0][f"{field}_before"]) == self._typed(field):
                cast(QueryDict, self.data).setlist(field, typed(steps[-1][field]))

    def _typed(self, field: str) -> list[str]:
        value = self.cleaned_data[field]
        return value if field == "scopes" else AS_TYPED[field](value)

    @property
    def terms(self) -> dict[str, Any]:
        accepted = self.cleaned_data["anyway"].split()
        return {**super().terms, "seen": self.cleaned_data["seen"], "accepted": accepted}


class GracePeriods(forms.RadioSelect):
    """The focus begins on the one that is chosen."""

    def create_option(
        self, name: str, value: Any, label: Any, selected: bool, *args: Any, **more: Any
    ) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, selected, *args, **more)
        option["attrs"]["autofocus"] = selected
        return option


class RotationForm(Form):
    grace = forms.ChoiceField(
        label=_("The old key stops working"), choices=lambda: _grace_choices(None), widget=GracePeriods
    )

    def __init__(self, data: QueryDict | None = None, *, left: timedelta | None, proposed: str = "") -> None:
        """Take `left`, how long the key works anyway (None for no end). No choice goes beyond it.

        `proposed`: the choice to begin with, if it is offered.
        """
        super().__init__(data)
        offered = _grace_choices(left)
        self.fields["grace"].widget.choices = offered
        wanted = (each for each in (proposed, _seconds(rotation.DEFAULT_GRACE)) if each in dict(offered))
        self.initial["grace"] = next(wanted, offered[-1][0])

    def clean_grace(self) -> timedelta:
        return timedelta(seconds=int(self.cleaned_data["grace"]))


def _expiry_choices() -> list[tuple[str, str]]:
    days = [(str(each), gettext("In %(days)s days") % {"days": each}) for each in LIVES]
    return [("", gettext("Never")), *days, ("365", gettext("In a year")), (ON_A_DATE, gettext("On a date…"))]


def _grace_choices(left: timedelta | None) -> list[tuple[str, str]]:
    """The first that reaches the key's own end is called so, and is the last."""
    offered: list[tuple[str, str]] = []
    for grace in GRACES:
        if left is not None and grace >= left:
            return [*offered, (_seconds(grace), gettext("When it expires"))]
        offered.append((_seconds(grace), _after(grace)))
    return offered


def _seconds(grace: timedelta) -> str:
    return str(int(grace.total_seconds()))


def _after(grace: timedelta) -> str:
    if not grace:
        return gettext("Now")
    hours = grace // timedelta(hours=1)
    if hours <= 24:
        return ngettext("After %(hours)s hour", "After %(hours)s hours", hours) % {"hours": hours}
    return gettext("After %(days)s days") % {"days": grace.days}


def end_of(day: date) -> datetime:
    """Its last second in the person's time zone, also where the clock goes back an hour at midnight."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_current_timezone())
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def _with_added(data: QueryDict | None) -> QueryDict | None:
    if data is None or not data.get("add"):
        return data
    completed = data.copy()
    completed["addresses"] = "\n".join([data.get("addresses", ""), *str(data["add"]).split()])
    return completed


def _with_usual_scopes(data: QueryDict | None) -> QueryDict | None:
    """Add the usual scopes to a form sent without "More options". A list with all scopes unticked stays empty."""
    if data is None or "scopes" in data or "addresses" in data:
        return data
    completed = data.copy()
    completed.setlist("scopes", scopes.default())
    return completed
