"""An API key holds everything about a key except its secret, which only its holder has."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oncekeys.conf import MAX_ACTIVE_KEYS
from oncekeys.keys.brand import BrandedPattern
from oncekeys.keys.brand import current as current_brand
from oncekeys.keys.seal import LENGTH as SEAL_LENGTH
from oncekeys.keys.token import KEY_ID_LENGTH, Prefix
from oncekeys.models import names, networks, scopes
from oncekeys.models.audit import AuditEventQuerySet, AuditKind
from oncekeys.models.given_rows import Rows, execute


class Environment(models.TextChoices):
    PRODUCTION = "production", _("Production")
    STAGING = "staging", _("Staging")

    @property
    def prefix(self) -> Prefix:
        """The part of a token that says so."""
        return "live" if self is Environment.PRODUCTION else "test"


class KeyState(models.TextChoices):
    """A state says whether a key works, and each state calls for a different action."""

    ACTIVE = "active", _("Active")
    UNUSED = "unused", _("Not used yet")
    EXPIRING = "expiring", _("Expires soon")
    REPLACED = "replaced", _("Being replaced")
    PAUSED = "paused", _("Paused")
    EXPIRED = "expired", _("Expired")
    DELETED = "deleted", _("Deleted")


class FirstCall(StrEnum):
    """News about a key's first call."""

    AWAITED = "awaited"
    JUST_CAME = "just-came"


def public_id(brand: str, environment: str, key_id: str) -> str:
    """The part of a key that may be shown: `ok_live_7Fh2k9QxYz12`."""
    return f"{brand}_{Environment(environment).prefix}_{key_id}"


# For so long a key counts as just made, and its first call as news.
JUST_MADE = timedelta(hours=1)
SOON = timedelta(days=14)
# So many are read at once, where there may be any number.
PAGE = 5000
# For so long the list can show a deleted key.
LATELY_DELETED = timedelta(days=90)

PUBLIC_BEGINNING = BrandedPattern("{brand}_(live|test)_([0-9A-Za-z]*)", re.ASCII | re.IGNORECASE)

# Read along with keys: the database's clock, by which everything about expiry goes.
CLOCK = {"now": Now()}


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def holding_slots(self) -> "ApiKeyQuerySet":
        """Those that keep others out. An expired key does until the next key is made."""
        return self.filter(slot__isnull=False)

    def active(self) -> "ApiKeyQuerySet":
        """Those that count towards the cap: by the database's clock, as everything about expiry."""
        return self.holding_slots().exclude(expires_at__lte=Now())

    def not_deleted(self) -> "ApiKeyQuerySet":
        """Those that were not deleted, whether or not they work."""
        return self.filter(deleted_at__isnull=True)

    def revoked(self) -> "ApiKeyQuerySet":
        """Those that were deleted, and those whose end a rotation has brought. By the database's clock."""
        return self.filter(Q(deleted_at__isnull=False) | Q(successor__isnull=False, expires_at__lte=Now()))

    def listed(self) -> "ApiKeyQuerySet":
        """Those the page shows, newest first: every key that was not deleted. `now` is the database's clock."""
        line = Coalesce(OuterRef("origin"), OuterRef("pk"))
        used = ApiKey.objects.filter(Q(pk=line) | Q(origin=line), last_used_at__isnull=False)
        latest = {"line_used_at": Subquery(used.order_by("-last_used_at").values("last_used_at")[:1])}
        keys = self.not_deleted().annotate(**CLOCK, **latest)
        return keys.select_related("created_by", "successor").order_by("-created_at", "-id")

    def known_to(self, person: Any) -> "ApiKeyQuerySet":
        """Those that work and were shown to this person, who created them, or rotated the key before."""
        return self.listed().filter(created_by=person).exclude(expires_at__lte=Now()).select_related("account")

    def with_relatives(self) -> "ApiKeyQuerySet":
        """Each with all that a page about one key tells of it. `now` is the database's clock."""
        return self.annotate(**CLOCK).select_related("created_by", "replaces", "successor")

    def public_ids(self) -> Iterator[str]:
        """In order of their primary keys, a page at a time, so that neither memory nor a cursor grows with them."""
        last = 0
        columns = ("brand", "environment", "key_id", "pk")
        while page := list(self.filter(pk__gt=last).order_by("pk").values_list(*columns)[:PAGE]):
            yield from (public_id(*row[:3]) for row in page)
            last = page[-1][3]

    def named(self, name: str) -> "ApiKeyQuerySet":
        """Those called so, without regard to case."""
        return self.filter(folded_name=names.folded(name))

    def deleted(self) -> "ApiKeyQuerySet":
        """The latest first."""
        return self.filter(deleted_at__isnull=False).order_by("-deleted_at", "-id")

    def deleted_lately(self) -> "ApiKeyQuerySet":
        """Those deleted in the last 90 days, the latest first. `now` is the database's clock."""
        keys = self.deleted().filter(deleted_at__gte=Now() - LATELY_DELETED).select_related("created_by", "successor")
        return keys.annotate(**CLOCK, **{"line_used_at": F("last_used_at")})

    def matching(self, text: str) -> "ApiKeyQuerySet":
        """By a part of the name or of the key ID, or by the beginning of what is public of the key."""
        beginning = PUBLIC_BEGINNING.fullmatch(text)
        if beginning is None:
            return self.filter(Q(folded_name__contains=names.folded(text)) | Q(key_id__icontains=text))
        environments = [each for each in Environment if each.prefix == beginning[1].lower()]
        return self.filter(environment__in=environments, key_id__istartswith=beginning[2])

    def in_line_with(self, api_key: "ApiKey") -> "ApiKeyQuerySet":
        """All keys that its application has had, one after the other."""
        return self.filter(Q(pk=api_key.line) | Q(origin=api_key.line))

    def in_lines_of(self, keys: Iterable["ApiKey"]) -> "ApiKeyQuerySet":
        """The same for the applications of several keys."""
        lines = {key.line for key in keys}
        return self.filter(Q(pk__in=lines) | Q(origin__in=lines))

    def last_used_at(self) -> datetime | None:
        """When any of them was."""
        moment: datetime | None = self.aggregate(latest=models.Max("last_used_at"))["latest"]
        return moment

    def uses(self) -> dict[str, Any]:
        """Their `number`, and when any of them was used for the `first` and for the `last` time."""
        ends = {"first": models.Min("first_used_at"), "last": models.Max("last_used_at")}
        return self.aggregate(number=models.Count("pk"), **ends)

    def locked_unless_busy(self, pks: Iterable[int]) -> set[int]:
        """Lock those of these keys that no other transaction has locked, and return their primary keys."""
        rows = self.select_for_update(no_key=True, skip_locked=True).filter(pk__in=pks).order_by("pk")
        return set(rows.values_list("pk", flat=True))

    def among(self, pks: Iterable[int]) -> set[int]:
        """Those of these primary keys that there are. No query for none."""
        return set(self.filter(pk__in=pks).values_list("pk", flat=True))

    def record_use(self, rows: Rows) -> None:
        """Set when each key was first and last used, unless a later use is known: one statement."""
        execute(RECORD_USE, ApiKey, rows)

    def give_back_expired_slots(self) -> int:
        """Expired keys hold no slot; how many did. By the database's clock."""
        return self.holding_slots().filter(expires_at__lte=Now()).update(slot=None)


RECORD_USE = """
    UPDATE {table} SET
        first_used_at = COALESCE({table}.first_used_at, given.first_used_at),
        last_used_at = given.last_used_at,
        last_used_address = given.last_used_address
    FROM {given}
    WHERE {table}.id = given.id
        AND ({table}.last_used_at IS NULL OR {table}.last_used_at <= given.last_used_at)
"""


class ApiKey(models.Model):
    # A constraint's index begins with it.
    account = models.ForeignKey("oncekeys.Account", on_delete=models.PROTECT, related_name="api_keys", db_index=False)
    # As it was when the key was made.
    brand = models.CharField(max_length=12, default=current_brand)
    # Public: it appears in lists, logs and URLs.
    key_id = models.CharField(max_length=KEY_ID_LENGTH)
    # The Argon2id PHC string of the whole key, and its seal, if it has one yet. Both are wiped on deletion.
    secret_hash = models.CharField(max_length=200, null=True)
    seal = models.BinaryField(max_length=SEAL_LENGTH, null=True)
    name = models.CharField(max_length=names.KEY_LENGTH)
    # The name as it is compared, since databases do not agree on what lower case is. A letter folds to three at most.
    folded_name = models.CharField(max_length=3 * names.KEY_LENGTH)
    environment = models.CharField(max_length=10, choices=Environment, default=Environment.PRODUCTION)
    # Networks, a line each, in the form of `models.networks`; none: from anywhere.
    addresses = models.TextField(blank=True, default="")
    # In the form of `models.scopes`.
    scopes = models.TextField(default=scopes.FULL)
    slot = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # A rotation brings it forward for the key that is replaced.
    expires_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    # Its predecessor, by a rotation. One to one: a key is replaced once.
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="successor")
    # The first key of its line of rotations; none: itself. So what an application did with all of them is one history.
    origin = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    first_used_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.GenericIPAddressField(null=True)
    deleted_at = models.DateTimeField(null=True)

    # The database's clock, and when any key of its line was last used, where the query read them along: see `listed`.
    now: datetime
    line_used_at: datetime | None

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints: ClassVar = [
            # Not `unique=True`, which adds a second index on PostgreSQL.
            models.UniqueConstraint(fields=["key_id"], name="api_key_id_unique"),
            models.UniqueConstraint(fields=["account", "slot"], name="api_key_slot_held_once"),
            models.CheckConstraint(
                condition=Q(slot__isnull=True) | Q(slot__gte=1, slot__lte=MAX_ACTIVE_KEYS),
                name="api_key_slot_within_cap",
            ),
            models.UniqueConstraint(
                fields=["account", "folded_name"],
                condition=Q(slot__isnull=False),
                name="api_key_name_unique_among_active",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True, secret_hash__isnull=False)
                | Q(deleted_at__isnull=False, secret_hash__isnull=True, seal__isnull=True, slot__isnull=True),
                name="api_key_wiped_when_deleted",
            ),
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="api_key_environment_known"),
        ]
        indexes: ClassVar = [
            # Of an account with thousands of deleted keys, those that there are, and those deleted last.
            models.Index(fields=["account"], condition=Q(deleted_at__isnull=True), name="api_key_not_deleted"),
            models.Index(
                fields=["account", "-deleted_at"], condition=Q(deleted_at__isnull=False), name="api_key_deleted_last"
            ),
            # For staff, who search by how a name begins.
            models.Index(fields=["folded_name"], opclasses=["text_pattern_ops"], name="api_key_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"

    @property
    def public_id(self) -> str:
        """The part of the key that may be shown: `ok_live_7Fh2k9QxYz12`."""
        return public_id(self.brand, self.environment, self.key_id)

    def wipe(self, *, at: datetime) -> None:
        """Leave nothing that could ever authenticate. What stays is for the record."""
        self.secret_hash = self.seal = self.slot = None
        self.deleted_at = at
        self.save(update_fields=["secret_hash", "seal", "slot", "deleted_at"])

    def rename(self, name: str) -> None:
        self.name, self.folded_name = name, names.folded(name)

    def retire(self, *, at: datetime, now: datetime) -> None:
        """Leave the slot to a successor and work on until then, but not beyond its own end. Without time left: wipe."""
        if at <= now:
            return self.wipe(at=now)
        self.slot = None
        self.expires_at = min(self.expires_at or at, at)
        self.save(update_fields=["slot", "expires_at"])

    def withdraw(self, *, at: datetime) -> None:
        """End, and leave the place beside the predecessor to another successor."""
        self.replaces = self.origin = None
        self.save(update_fields=["replaces", "origin"])
        self.wipe(at=at)

    def works(self, *, at: datetime) -> bool:
        """It may authenticate, now or when it is resumed."""
        return self.deleted_at is None and not self.is_expired(at=at)

    def is_let_in(self, *, at: datetime) -> bool:
        """It may authenticate now."""
        return self.works(at=at) and self.paused_at is None

    def is_expired(self, *, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    @property
    def is_replaced(self) -> bool:
        """A rotation made its successor, whether or not it still works itself."""
        return hasattr(self, "successor")

    @property
    def replacement(self) -> "ApiKey | None":
        """The key that a rotation made to take over, if it is still there."""
        return self.successor if self.is_replaced and self.successor.deleted_at is None else None

    @property
    def is_current(self) -> bool:
        """It has its application's history: an old key has its own use alone, until its successor is deleted."""
        return self.replacement is None

    @property
    def line(self) -> int:
        """The primary key of the first key of its line of rotations."""
        return self.origin_id or self.pk

    @property
    def used_before(self) -> datetime | None:
        """Return when its application last used the keys before it, as long as this one is unused."""
        return None if self.last_used_at or self.replacement else self.line_used_at

    @property
    def awaits_first_use(self) -> bool:
        """No one has used it, and anyone who has it could. By the clock it was read with."""
        return self.first_used_at is None and self.state(at=self.now) in {KeyState.UNUSED, KeyState.EXPIRING}

    @property
    def limits(self) -> tuple[list[str], list[str]]:
        """The only scopes it has and the only networks it is let in from; an empty list does not limit it."""
        return ([] if self.scopes == scopes.FULL else self.scopes.split()), self.addresses.splitlines()

    @property
    def changes(self) -> AuditEventQuerySet:
        """The audit events that say how its name or its limits were changed."""
        events: AuditEventQuerySet = self.audit_events.filter(kind=AuditKind.API_KEY_CHANGED)
        return events

    def counts(self, *, at: datetime) -> bool:
        """Towards the cap, as those of `ApiKeyQuerySet.active`."""
        return self.slot is not None and not self.is_expired(at=at)

    def allows_address(self, address: str | None) -> bool:
        return networks.contain(self.addresses, address)

    def allows(self, required: Iterable[str]) -> bool:
        """Return an expression that is true where the key has these scopes."""
        return scopes.cover(self.scopes, required)

    def state(self, *, at: datetime) -> KeyState:
        if self.deleted_at is not None:
            return KeyState.DELETED
        if self.is_expired(at=at):
            return KeyState.EXPIRED
        if self.paused_at is not None:
            return KeyState.PAUSED
        if self.replacement:
            return KeyState.REPLACED
        if self.is_expired(at=at + SOON):
            return KeyState.EXPIRING
        return KeyState.ACTIVE if self.first_used_at else KeyState.UNUSED

    def first_call(self, *, at: datetime) -> FirstCall | None:
        """News for an hour: of a key just made that it is awaited, of any other that it came."""
        if self.replacement or not self.is_let_in(at=at):
            return None
        if self.first_used_at is None:
            return FirstCall.AWAITED if at - self.created_at < JUST_MADE else None
        return FirstCall.JUST_CAME if at - self.first_used_at < JUST_MADE else None
