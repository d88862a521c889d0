"""An audit event records who did what to which key of an account, and from where. Rows are only ever added."""

from datetime import datetime
from typing import Any, ClassVar, TypedDict

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditKind(models.TextChoices):
    ACCOUNT_CREATED = "account.created", _("Account created")
    ACCOUNT_RENAMED = "account.renamed", _("Account renamed")
    ACCOUNT_DISABLED = "account.disabled", _("Account disabled")
    ACCOUNT_ENABLED = "account.enabled", _("Account enabled")
    ACTIVITY_EXPORTED = "account.activity_exported", _("Activity exported")
    API_KEY_CREATED = "api_key.created", _("API key created")
    API_KEY_CHANGED = "api_key.changed", _("API key changed")
    API_KEY_ROTATED = "api_key.rotated", _("API key rotated")
    API_KEY_PAUSED = "api_key.paused", _("API key paused")
    API_KEY_RESUMED = "api_key.resumed", _("API key resumed")
    API_KEY_DELETED = "api_key.deleted", _("API key deleted")
    API_KEY_EXPOSED = "api_key.exposed", _("API key sent over plain HTTP")


# Another app adds its own: the site has events about people.
KINDS: list[type[models.TextChoices]] = [AuditKind]


def kinds() -> list[tuple[str, Any]]:
    """Every kind of event in this project, with what people read for it."""
    return [choice for each in KINDS for choice in each.choices]


class Details(TypedDict, total=False):
    """Facts that may be different later. None of them is a secret."""

    name: str  # of the account, member or key
    before: str  # the account's name
    email: str  # a member's, or of someone who was invited
    role: str
    role_before: str
    # What was changed of a key: what it is from then on, and what it was.
    name_before: str
    addresses: str
    addresses_before: str
    scopes: str
    scopes_before: str
    # A rotation: the new key, and until when the old one works, if it still does; then, of the new key, the old one.
    successor: str
    works_until: str | None
    replaces: str
    after_rotation: str  # the public ID of a key that had ended, and made way for a rotation
    # Of an old key: which one replaces it, and whether that one works.
    new_key: str
    new_key_state: str


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def by_the_system(self) -> "AuditEventQuerySet":
        """Those that no person and no key asked for."""
        # PostgreSQL does not see that IS NULL leaves one group of the index; in its order it does.
        return self.filter(actor=None, by_key=False).order_by("actor_id")

    def by_keys(self) -> "AuditEventQuerySet":
        """Those that keys asked for by the API."""
        return self.filter(actor=None, by_key=True).order_by("actor_id")

    def latest_id(self) -> int:
        """Return the newest event's ID, or 0 if there is none."""
        return self.aggregate(latest=models.Max("id"))["latest"] or 0

    def one_each_rotation(self) -> "AuditEventQuerySet":
        """Without the creation of a key by a rotation, which is an event of its own."""
        return self.exclude(kind=AuditKind.API_KEY_CREATED, details__has_key="replaces")

    def newer_than(self, event_id: int) -> "AuditEventQuerySet":
        """The oldest first."""
        return self.filter(id__gt=event_id).select_related("actor").order_by("id")

    def newest_first(self, *, before: tuple[datetime, int] | None = None) -> "AuditEventQuerySet":
        """Those older than the event of that moment and id; without one, all."""
        events = self.select_related("actor", "api_key").order_by(*self.query.order_by, "-at", "-id")
        if before is None:
            return events
        at, pk = before
        # The first condition is the one an index can begin at.
        return events.filter(Q(at__lte=at), Q(at__lt=at) | Q(id__lt=pk))


class AuditEvent(models.Model):
    """The database itself refuses to change or delete one: see the migrations."""

    # Two indexes below begin with it.
    account = models.ForeignKey(
        "oncekeys.Account", on_delete=models.PROTECT, related_name="audit_events", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40, choices=kinds)
    # None: the key itself, by the API, or else the system, by a management command.
    # A project may delete a person. Their number stays, since no event is ever changed.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        db_index=False,
    )
    by_key = models.BooleanField(default=False)
    api_key = models.ForeignKey(
        "oncekeys.ApiKey", on_delete=models.PROTECT, null=True, related_name="audit_events", db_index=False
    )
    address = models.GenericIPAddressField(null=True)
    details: "models.JSONField[Details, Details]" = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(by_key=False) | Q(actor=None), name="audit_event_has_one_actor"),
        ]
        # One for each question the activity page can be asked; a page is then read from where it begins.
        indexes: ClassVar = [
            models.Index(fields=["account", "-at", "-id"], name="audit_event_newest_first"),
            models.Index(fields=["account", "kind", "-at", "-id"], name="audit_event_by_kind"),
            models.Index(fields=["actor", "by_key", "account", "-at", "-id"], name="audit_event_by_person"),
            models.Index(fields=["api_key", "-at", "-id"], name="audit_event_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_about_old_key(self) -> bool:
        """The key had been rotated already."""
        return "new_key" in self.details
