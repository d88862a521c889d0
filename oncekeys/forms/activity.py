"""The filter of an account's activity. All of it is in the page's URL."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oncekeys.forms.rendering import Form
from oncekeys.host import host
from oncekeys.keys.token import KEY_ID_LENGTH
from oncekeys.models import Account, ApiKey
from oncekeys.models.audit import AuditEventQuerySet, kinds

# Instead of a person's number.
SYSTEM, KEY_ITSELF = "system", "key"
# More than these no list should hold; an event's link leads to any other key.
MOST_KEYS = 100
MOST_DELETED_KEYS = 25
LONGEST_NUMBER = 18  # digits, which every database can compare
LONGEST_PK = 100

NO_DATE = _("Enter a valid date, such as 2026-05-31.")
UNKNOWN = {"invalid_choice": _("This choice isn’t available. Choose another.")}


class DayField(forms.DateField):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    # Browsers send a day like this in every language, and know nothing beyond these years that has a time zone.
    input_formats = ("%Y-%m-%d",)
    default_validators = [
        MinValueValidator(date(1970, 1, 1), message=NO_DATE),
        MaxValueValidator(date(2200, 1, 1), message=NO_DATE),
    ]
    default_error_messages = {"invalid": NO_DATE}


class ActivityFilterForm(Form):
    kind = forms.ChoiceField(
        label=_("Event"), choices=lambda: [("", _("All events")), *kinds()], error_messages=UNKNOWN, required=False
    )
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)

    field_order = ("key", "person", "kind", "since", "until")

    def __init__(self, data: QueryDict, *, account: Account) -> None:
        super().__init__(data)
        self.account = account
        keys = _keys(account, data.get("key", ""))
        people = _people(account, keys, data.get("person", ""))
        self.keys = {key.key_id: key for key in keys}
        self.fields["key"] = forms.ChoiceField(
            label=_("Key"), choices=_key_choices(keys), error_messages=UNKNOWN, required=False
        )
        self.fields["person"] = forms.ChoiceField(
            label=_("Who"), choices=_person_choices(people), error_messages=UNKNOWN, required=False
        )
        self.order_fields(self.field_order)

    @property
    def narrows(self) -> bool:
        """Something was asked for, whether or not it can be."""
        return any(self.data.get(name) for name in self.fields)

    def events(self) -> AuditEventQuerySet:
        """Those asked for; none as long as something in the question is wrong."""
        if not self.is_valid():
            return self.account.audit_events.none()
        wanted = self.cleaned_data
        conditions = {
            "api_key": wanted["key"],
            "kind": wanted["kind"],
            "at__gte": wanted["since"],
            "at__lt": wanted["until"],
        }
        asked = {lookup: value for lookup, value in conditions.items() if value}
        return self._of_person(self.account.audit_events.filter(**asked))

    def shown_events(self) -> AuditEventQuerySet:
        """The same for the page, where a rotation is one event, unless one key or one kind is asked for."""
        events = self.events()
        is_specific = self.cleaned_data.get("key") or self.cleaned_data.get("kind")
        return events if is_specific else events.one_each_rotation()

    def _of_person(self, events: AuditEventQuerySet) -> AuditEventQuerySet:
        match self.cleaned_data["person"]:
            case "":
                return events
            case "system":
                return events.by_the_system()
            case "key":
                return events.by_keys()
            case number:
                return events.filter(actor=number, by_key=False)

    def clean_key(self) -> ApiKey | None:
        return self.keys.get(self.cleaned_data["key"])

    def clean_since(self) -> datetime | None:
        day = self.cleaned_data["since"]
        return day and _beginning(day)

    def clean_until(self) -> datetime | None:
        """The end of that day."""
        day = self.cleaned_data["until"]
        return day and _beginning(day + timedelta(days=1))

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since >= until:
            self.add_error("until", _("The last day is before the first. Choose a later one."))
        return self.cleaned_data


def _beginning(day: date) -> datetime:
    """Return the day's first moment in the reader's time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _keys(account: Account, chosen: str) -> list[ApiKey]:
    """Those to choose from: first those that were not deleted, then those deleted last, the latest first."""
    every = account.api_keys.select_related("created_by").defer("secret_hash", "seal")
    keys = [
        *every.not_deleted().order_by("folded_name", "id")[:MOST_KEYS],
        *every.deleted()[:MOST_DELETED_KEYS],
    ]
    can_be_one = len(chosen) == KEY_ID_LENGTH and chosen.isascii() and chosen.isalnum()
    if can_be_one and all(key.key_id != chosen for key in keys):
        keys += every.filter(key_id=chosen)
    return keys


def _people(account: Account, keys: Iterable[ApiKey], chosen: str) -> list[Any]:
    """Those to choose from: who belongs to the account, or made a key of it and has left."""
    creators = [key.created_by for key in keys if key.created_by]
    people = {person.pk: person for person in [*host.people(account), *creators]}
    pk = _as_pk(chosen)
    if pk is not None and pk not in people and account.audit_events.filter(actor=pk).exists():
        people |= get_user_model()._default_manager.in_bulk([pk])
    return sorted(people.values(), key=lambda person: host.name_of(person).casefold())


def _as_pk(chosen: str) -> Any:
    """Return it as a primary key of the project's user model, or None if it can't be one."""
    if not chosen or len(chosen) > LONGEST_PK or (chosen.isdigit() and len(chosen) > LONGEST_NUMBER):
        return None
    try:
        return get_user_model()._meta.pk.to_python(chosen)
    except (ValidationError, ValueError):
        return None


def _key_choices(keys: Iterable[ApiKey]) -> list[tuple[Any, Any]]:
    named = [(key.deleted_at, (key.key_id, f"{key.name} · {key.public_id}")) for key in keys]
    living = [choice for deleted_at, choice in named if deleted_at is None]
    deleted = [choice for deleted_at, choice in named if deleted_at is not None]
    groups = [(_("Keys"), living), (_("Deleted keys"), deleted)]
    return [("", _("All keys")), *[group for group in groups if group[1]]]


def _person_choices(people: Iterable[Any]) -> list[tuple[str, Any]]:
    named = [(str(person.pk), host.name_of(person)) for person in people]
    return [("", _("Everyone")), *named, (KEY_ITSELF, _("An API key")), (SYSTEM, _("The system"))]
