"""The keys of an account as the page lists them: a key and the one it replaces are one entry."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from oncekeys.host import host
from oncekeys.keys.token import PUBLIC_ID
from oncekeys.models import names
from oncekeys.models.api_key import ApiKey, FirstCall, KeyState
from oncekeys.reports.review_reason import ReviewReason
from oncekeys.reports.rotation_status import RotationStatus
from oncekeys.reports.usage_summary import NO_USAGE, UsageSummary

SYSTEM = "system"
NEVER = datetime.max.replace(tzinfo=UTC)


class Sort(models.TextChoices):
    """The values stand in the page's address."""

    CREATED = "created", _("Newest first")
    NAME = "name", _("Name")
    LAST_USED = "last-used", _("Last used")
    EXPIRES = "expires", _("Expires first")
    CALLS = "calls", _("Most calls")


def creator_of(key: ApiKey) -> str:
    """As it stands in the page's address."""
    return str(key.created_by_id or SYSTEM)


@dataclass(frozen=True)
class Entry:
    """A key, and directly beneath it the key that it replaces."""

    key: ApiKey
    usage: UsageSummary
    old: "Entry | None" = None

    @property
    def state(self) -> KeyState:
        return self.key.state(at=self.key.now)

    @property
    def first_call(self) -> FirstCall | None:
        return self.key.first_call(at=self.key.now)

    @property
    def awaits_first_use(self) -> bool:
        return self.key.first_used_at is None and self.state in {KeyState.ACTIVE, KeyState.EXPIRING}

    @property
    def rotation(self) -> RotationStatus | None:
        return RotationStatus(self.old.key, self.key, self.old.usage, self.key.now) if self.old else None

    def is_of(self, reason: ReviewReason) -> bool:
        return reason.is_about(self.key, at=self.key.now)

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
    """Which entries somebody wants to see, and in which order."""

    text: str = ""
    reason: ReviewReason | None = None
    # As `creator_of` has it; empty: whoever made them.
    creator: str = ""
    sort: Sort = Sort.CREATED
    sorts: ClassVar = Sort

    @property
    def whole_key(self) -> str:
        """What must never be searched for, since the text gets into the page's URL: for the browser to check."""
        return rf"{PUBLIC_ID.pattern}_\w"

    @property
    def is_partial(self) -> bool:
        return bool(self.text or self.reason or self.creator)

    def of(self, entries: Iterable[Entry]) -> list[Entry]:
        return sorted(filter(self._includes, entries), key=ORDERS[self.sort])

    def _includes(self, entry: Entry) -> bool:
        has_reason = self.reason is None or entry.is_of(self.reason)
        return entry.matches(self.text) and has_reason and (not self.creator or entry.is_by(self.creator))


@dataclass(frozen=True)
class KeyList:
    """Of keys read by `ApiKeyQuerySet.listed`, with the usage of every key that the account has or had."""

    keys: list[ApiKey]
    by_key: Mapping[int, UsageSummary]
    by_line: Mapping[int, UsageSummary]

    @cached_property
    def entries(self) -> list[Entry]:
        """Newest first. An old key whose successor is here stands beneath it, and nowhere else."""
        old = {key.replacement.pk: key for key in self.keys if key.replacement}
        return [self._entry(key, old.get(key.pk)) for key in self.keys if not key.replacement]

    def _entry(self, key: ApiKey, old: ApiKey | None) -> Entry:
        """An application's use goes on with its new key; of an old key it's told how much that one is still used."""
        usage = self.by_line.get(key.line, NO_USAGE)
        return Entry(key, usage, Entry(old, self.by_key.get(old.pk, NO_USAGE)) if old else None)

    @property
    def active(self) -> int:
        """How many count towards the cap."""
        return sum(key.counts(at=key.now) for key in self.keys)

    @property
    def calls_today(self) -> int:
        """Also with keys that were deleted since: a total never shrinks."""
        return sum(usage.today for usage in self.by_key.values())

    @property
    def refused_today(self) -> int:
        return sum(usage.refused_today for usage in self.by_key.values())

    @property
    def creators(self) -> dict[str, str]:
        """Who made them, by name, as `Selection.creator` has them."""
        creators = {
            creator_of(key): host.name_of(key.created_by) if key.created_by else str(_("The system"))
            for key in self.keys
        }
        return dict(sorted(creators.items(), key=lambda each: names.folded(each[1])))

    @property
    def review_reasons(self) -> list[tuple[ReviewReason, int]]:
        """Of how many keys each is."""
        return [(reason, sum(entry.is_of(reason) for entry in self.entries)) for reason in ReviewReason]


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
