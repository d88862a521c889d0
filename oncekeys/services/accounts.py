"""Creates, renames, disables and enables accounts."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from oncekeys.models import Account, AuditKind, names
from oncekeys.models.account import slug_of as slug_of_external_id
from oncekeys.models.audit import AuditEventQuerySet
from oncekeys.models.transactions import atomic
from oncekeys.services import audit
from oncekeys.services.by import By


class SlugTaken(Exception):
    """Another account has the slug that this one would get. The message tells a person what to do."""

    def __init__(self, slug: str) -> None:
        super().__init__(_("There is already an account “%(slug)s”. Choose another name.") % {"slug": slug})


def provision(*, external_id: str, name: str, make: Callable[..., Account] | None = None) -> Account:
    """Get or create the account with this external ID, and give it this name. Safe to repeat, every night if you like.

    `make` creates the account from `name` and `external_id`; by default that is `create`. Raises BadName, SlugTaken.
    """
    if account := _called(name, external_id):
        return account
    try:
        return (make or create)(name=name, external_id=external_id)
    except (SlugTaken, IntegrityError):
        if account := _called(name, external_id):  # made by another process in the same moment
            return account
        raise


def _called(name: str, external_id: str) -> Account | None:
    account = Account.objects.filter(external_id=external_id).first()
    if account and account.name != names.clean(name, most=names.ACCOUNT_LENGTH):
        rename(account=account, by=By.system(), name=name)
    return account


def slug_of(name: str, external_id: str | None = None) -> str:
    """Return the slug for an account of this name. Raises BadName, SlugTaken.

    It comes from the external ID if another account has the same name, or if the name has no Latin letters.
    """
    slug = slugify(name)[:50].strip("-")
    if external_id and (not slug or Account.objects.filter(slug=slug).exists()):
        slug = slug_of_external_id(external_id)
    if not slug:
        raise names.BadName(_("An account’s name needs at least one digit, or one letter from A to Z."))
    refuse_taken(slug)
    return slug


def refuse_taken(slug: str) -> None:
    """Raises SlugTaken."""
    if Account.objects.filter(slug=slug).exists():
        raise SlugTaken(slug)


def create(*, name: str, external_id: str | None = None, **fields: Any) -> Account:
    """Create an account without people. Raises BadName, SlugTaken."""
    name = names.clean(name, most=names.ACCOUNT_LENGTH)
    slug = slug_of(name, external_id)
    try:
        with atomic():
            account = Account.objects.create(name=name, slug=slug, external_id=external_id, **fields)
            audit.record(AuditKind.ACCOUNT_CREATED, account=account, by=By.system(), name=name)
    except IntegrityError:
        refuse_taken(slug)  # another process may have taken it at the same moment
        raise
    return account


def rename(*, account: Account, by: By, name: str, seen: int | None = None) -> None:
    """Rename the account. Its slug stays, since links contain it. Raises BadName, audit.Outdated.

    `seen` is the newest renaming that the actor knows of.
    """
    name = names.clean(name, most=names.ACCOUNT_LENGTH)
    with atomic():
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
    """Refuse the account's keys and pages from the next request on, until it is enabled. Safe to repeat."""
    with atomic():
        if Account.objects.filter(pk=account.pk, disabled_at=None).update(disabled_at=timezone.now()):
            audit.record(AuditKind.ACCOUNT_DISABLED, account=account, by=by, name=account.name)


def enable(*, account: Account, by: By) -> bool:
    """Accept the account's keys and people again, from the next request on. Return whether that changed anything."""
    with atomic():
        changed = Account.objects.filter(pk=account.pk, disabled_at__isnull=False).update(disabled_at=None)
        if changed:
            audit.record(AuditKind.ACCOUNT_ENABLED, account=account, by=by, name=account.name)
    return bool(changed)
