"""Renames accounts, and closes and opens them again."""

from django.db import transaction
from django.utils import timezone

from oncekeys.models import Account, AuditKind, names
from oncekeys.models.audit import AuditEventQuerySet
from oncekeys.services import audit
from oncekeys.services.by import By


def rename(*, account: Account, by: By, name: str, seen: int | None = None) -> None:
    """The slug stays, since links hold it. `seen`: the newest renaming the actor knows of.

    Raises BadName, audit.Outdated.
    """
    name = names.clean(name, most=names.ACCOUNT_LENGTH)
    with transaction.atomic():
        account.lock()
        audit.check_seen(renamings(account), seen)
        before = account.name
        account.name = name
        account.save(update_fields=["name"])
        audit.record(AuditKind.ACCOUNT_RENAMED, account=account, by=by, name=name, before=before)


def renamings(account: Account) -> AuditEventQuerySet:
    events: AuditEventQuerySet = account.audit_events.filter(kind=AuditKind.ACCOUNT_RENAMED)
    return events


def disable(*, account: Account, by: By) -> None:
    """Refuse its keys and its pages from the next request on, until it is enabled. Again changes nothing."""
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, disabled_at=None).update(disabled_at=timezone.now()):
            audit.record(AuditKind.ACCOUNT_DISABLED, account=account, by=by, name=account.name)


def enable(*, account: Account, by: By) -> bool:
    """Let its keys and its people in again, from the next request on. Returns whether that changed anything."""
    with transaction.atomic():
        changed = Account.objects.filter(pk=account.pk, disabled_at__isnull=False).update(disabled_at=None)
        if changed:
            audit.record(AuditKind.ACCOUNT_ENABLED, account=account, by=by, name=account.name)
    return bool(changed)
