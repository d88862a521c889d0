"""The keys of an account as the page lists them: a key and the one it replaces are one entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oncekeys.host import host
from oncekeys.keys.token import PUBLIC_ID
from oncekeys.models import Account, AuditEvent, names
from oncekeys.models.api_key import ApiKey, FirstCall, KeyState
from oncekeys.reports import pauses, usage_summary
from oncekeys.reports.review_reason import ReviewReason
from oncekeys.reports.rotation_status import RotationStatus
from oncekeys.reports.usage_summary import NO_USAGE, UsageSummary

SYSTEM = "system"
NEVER = datetime.max.replace(tzinfo=UTC)
MOST_DELETED = 100


class Sort(models.TextChoices):
    """The values are part of the page's URL."""

    CREATED = "created", _("Newest first")
    NAME = "name", _("Name")
    LAST_USED = "last-used", _("Last used")
    EXPIRES = "expires", _("Expiring first")
    CALLS = "calls", _("Most requests")


class Show(models.TextChoices):
    """Filters besides the single reasons to review a key. The values are part of the page's URL."""

    ATTENTION = "attention", _("Needs attention")
    PAUSED = "paused", pgettext_lazy("keys", "Paused")
    DELETED = "deleted", pgettext_lazy("keys", "Deleted")
    REFUSED = "refused", _("Refused today")


def creator_of(key: ApiKey) -> str:
    """Return the value for the page's URL."""
    return str(key.created_by_id or SYSTEM)


@dataclass(frozen=True)
class Entry:
    """A key, and directly beneath it the key that it replaces."""

    key: ApiKey
    usage: UsageSummary
    old: "Entry | None" = None
    # Who paused it, if it is paused.
    pause: AuditEvent | None = None

    @property
    def state(self) -> KeyState:
        return self.key.state(at=self.key.now)

    @property
    def first_call(self) -> FirstCall | None:
        return self.key.first_call(at=self.key.now)

    @property
    def rotation(self) -> RotationStatus | None:
        return RotationStatus(self.old.key, self.key, self.old.usage, self.key.now) if self.old else None

    @property
    def needs_attention(self) -> bool:
        return any(map(self.is_of, ReviewReason))

    def is_of(self, reason: ReviewReason) -> bool:
        return reason.is_about(self.key, self.old.key if self.old else None, at=self.key.now)

    def is_in(self, show: Show | ReviewReason) -> bool:
        match show:
            case ReviewReason():
                return self.is_of(show)
            case Show.ATTENTION:
                return self.needs_attention
            case Show.DELETED:
                return self.state == KeyState.DELETED
            case Show.PAUSED:
                return self.state == KeyState.PAUSED or (self.old is not None and self.old.is_in(show))
            case Show.REFUSED:
                return self.usage.refused_today > 0 or (self.old is not None and self.old.is_in(show))

    def is_by(self, creator: str) -> bool:
        """Either key was made by this person, or by the system."""
        return creator_of(self.key) == creator or (self.old is not None and self.old.is_by(creator))

    def matches(self, text: str) -> bool:
        """By the name, or by a part of the public id, of either key."""
        sought = names.folded(text)
        found = sought in self.key.folded_name or sought in self.key.public_id.casefold()
        return found or (self.old is not None and self.old.matches(text))


@dataclass(frozen=True)
class Selection:
    """A selection says which entries to show, and in which order."""

    text: str = ""
    show: Show | ReviewReason | None = None
    # As `creator_of` has it; empty: anyone.
    creator: str = ""
    sort: Sort = Sort.CREATED
    sorts: ClassVar = Sort

    @property
    def whole_key(self) -> str:
        """Return a pattern of texts that must not be searched for, since they'd get into the URL."""
        return rf"{PUBLIC_ID.pattern}_\w"

    @property
    def needs_attention(self) -> bool:
        """It shows keys that need attention, for any reason or for one."""
        return self.show == Show.ATTENTION or isinstance(self.show, ReviewReason)

    @property
    def is_partial(self) -> bool:
        return bool(self.text or self.show or self.creator)

    @property
    def query(self) -> str:
        """The shortest query string that asks for this, with its question mark."""
        sort = self.sort if self.sort != Sort.CREATED else None
        asked = {"q": self.text, "show": self.show, "by": self.creator, "sort": sort}
        query = urlencode({name: str(value) for name, value in asked.items() if value})
        return f"?{query}" if query else ""

    def of(self, listing: "KeyList") -> list[Entry]:
        entries = listing.deleted_entries if self.show == Show.DELETED else listing.entries
        return sorted(filter(self._includes, entries), key=ORDERS[self.sort])

    def _includes(self, entry: Entry) -> bool:
        is_shown = self.show is None or entry.is_in(self.show)
        return is_shown and entry.matches(self.text) and (not self.creator or entry.is_by(self.creator))


@dataclass(frozen=True)
class KeyList:
    """The list of an account's keys, read by `ApiKeyQuerySet.listed`, with the usage of its keys."""

    account: Account
    keys: list[ApiKey]
    # How many were deleted lately.
    deleted: int = 0
    by_key: Mapping[int, UsageSummary] = field(default_factory=dict)
    by_line: Mapping[int, UsageSummary] = field(default_factory=dict)
    pauses: Mapping[int, AuditEvent] = field(default_factory=dict)
    # Of all keys, including deleted ones: no total shrinks.
    usage: UsageSummary = NO_USAGE

    @cached_property
    def entries(self) -> list[Entry]:
        """Newest first. An old key whose successor is here comes beneath it, and nowhere else."""
        old = {key.replacement.pk: key for key in self.keys if key.replacement}
        return [self._entry(key, old.get(key.pk)) for key in self.keys if not key.replacement]

    @cached_property
    def deleted_entries(self) -> list[Entry]:
        """The latest of those deleted lately."""
        keys = list(self.account.api_keys.deleted_lately()[:MOST_DELETED])
        usage = usage_summary.of_keys(keys, at=keys[0].now) if keys else {}
        return [Entry(key, usage.get(key.pk, NO_USAGE)) for key in keys]

    def _entry(self, key: ApiKey, old: ApiKey | None) -> Entry:
        """The usage of an application goes on with its new key; an old key only has its own."""
        usage = self.by_line.get(key.line, NO_USAGE)
        return Entry(key, usage, self._old_entry(old) if old else None, self.pauses.get(key.pk))

    def _old_entry(self, old: ApiKey) -> Entry:
        return Entry(old, self.by_key.get(old.pk, NO_USAGE), None, self.pauses.get(old.pk))

    @property
    def is_empty(self) -> bool:
        """There is no key, and none was deleted lately."""
        return not self.keys and not self.deleted

    @property
    def active(self) -> int:
        """Return how many count towards the cap."""
        return sum(key.counts(at=key.now) for key in self.keys)

    @property
    def reviews(self) -> list[tuple[ReviewReason, int]]:
        """Each reason that holds for some key, and for how many."""
        numbers = ((reason, self.number(reason)) for reason in ReviewReason)
        return [(reason, number) for reason, number in numbers if number]

    @property
    def filters(self) -> list[tuple[Show, int]]:
        """Those to choose from, and how many entries each has."""
        shown = (Show.ATTENTION, Show.PAUSED)
        return [*((show, self.number(show)) for show in shown), (Show.DELETED, self.deleted)]

    def number(self, show: Show | ReviewReason) -> int:
        return sum(entry.is_in(show) for entry in self.entries)

    def creator(self, creator: str) -> str:
        """The name of someone who made a key here; empty for anyone else."""
        made = (key for key in self.keys if creator_of(key) == creator)
        key = next(made, None)
        if key is None:
            return ""
        return host.name_of(key.created_by) if key.created_by else str(_("The system"))


def of_account(account: Account) -> KeyList:
    """Return the report for the list and the account's home: at most five queries."""
    keys = list(account.api_keys.listed())
    deleted = account.api_keys.deleted_lately().count()
    if not keys and not deleted:
        return KeyList(account, [])
    at = keys[0].now if keys else account.clock()
    by_key, by_line = usage_summary.of_lines(keys, at=at)
    usage = usage_summary.of_account(account, at=at)
    return KeyList(account, keys, deleted, by_key, by_line, pauses.of_keys(keys), usage)


def _by_end(entry: Entry) -> tuple[bool, datetime]:
    """Those that have ended come last: nothing can be done about them any more."""
    return entry.key.is_expired(at=entry.key.now), entry.key.expires_at or NEVER


def _by_last_use(entry: Entry) -> float:
    last = entry.key.last_used_at or entry.key.used_before
    return -last.timestamp() if last else 0.0


# Sorting is stable, so what is equal stays newest first.
ORDERS: Mapping[Sort, Callable[[Entry], Any]] = {
    Sort.CREATED: lambda entry: 0,
    Sort.NAME: lambda entry: entry.key.folded_name,
    Sort.LAST_USED: _by_last_use,
    Sort.EXPIRES: _by_end,
    Sort.CALLS: lambda entry: -entry.usage.total,
}
