"""What happened in an account: who, what, which key, from where. Rows are only ever added."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditKind(models.TextChoices):
    ACCOUNT_CREATED = "account.created", _("Account created")
    ACCOUNT_RENAMED = "account.renamed", _("Account renamed")
    API_KEY_CREATED = "api_key.created", _("API key created")
    API_KEY_DELETED = "api_key.deleted", _("API key deleted")
    API_KEY_EXPOSED = "api_key.exposed", _("API key sent in clear")


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def newest_first(self, *, before: int | None = None) -> "AuditEventQuerySet":
        """Those older than the event of that id; without one, all."""
        events = self.select_related("actor", "api_key").order_by("-id")
        return events.filter(id__lt=before) if before is not None else events


class AuditEvent(models.Model):
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="audit_events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40, choices=AuditKind)
    # None: the system itself, by a management command.
    actor = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    api_key = models.ForeignKey("accounts.ApiKey", on_delete=models.PROTECT, null=True, related_name="audit_events")
    address = models.GenericIPAddressField(null=True)
    # Facts that may be different later, such as the name the key had.
    details = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-id"], name="audit_event_newest_first")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
