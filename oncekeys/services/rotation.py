"""Replaces a key with a new one, so that at every moment one of them works."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from oncekeys.models import ApiKey, AuditKind, Environment, moments
from oncekeys.models.audit import Details
from oncekeys.models.transactions import atomic
from oncekeys.services import audit
from oncekeys.services.by import By
from oncekeys.services.minting import NewKey, mint

DEFAULT_GRACE, LONGEST_GRACE = timedelta(days=1), timedelta(days=7)


class CannotRotate(Exception):
    """The key can't be rotated now. The message is one the page can show."""


def rotate(
    *,
    api_key: ApiKey,
    by: By,
    grace: timedelta,
    renews: bool = True,
    in_use: bool = False,
) -> NewKey:
    """Create a successor with the name, environment, limits and slot of the key, which keeps working for `grace`.

    If `renews`, and the key expires, the successor gets the key's whole lifetime, from now. Otherwise it keeps the
    key's expiry. A successor that was never used can be rotated again, and then stops at once. `in_use` says that this
    key has been used, though that may not be written yet.

    Raises CannotRotate, and Busy if there is no capacity to hash it.
    """
    # Checked again below, under the lock. Checking here avoids the slow hash.
    current = ApiKey.objects.with_relatives().get(pk=api_key.pk)
    refuse(current, now=current.now, in_use=in_use)
    minted = mint(Environment(api_key.environment))
    with atomic():
        api_key.account.lock()
        old = (
            ApiKey.objects.select_for_update(of=("self",), no_key=True)
            .select_related("account", "replaces")
            .get(pk=api_key.pk)
        )
        now = old.account.clock()
        refuse(old, now=now, in_use=in_use)
        takes_over = _inheritance(old, expires_at=expiry_of_successor(old, renews=renews, now=now))
        predecessor = _make_way(old, grace, by=by, now=now)
        created = minted.store(
            **takes_over, created_at=now, created_by=by.actor, replaces=predecessor, origin_id=predecessor.line
        )
        _record(old, created.api_key, by=by)
    return created


def _inheritance(old: ApiKey, *, expires_at: datetime | None) -> dict[str, Any]:
    """Return the fields that the successor takes over, read before the key gives them up."""
    return {
        "name": old.name,
        "account": old.account,
        "environment": old.environment,
        "addresses": old.addresses,
        "scopes": old.scopes,
        "slot": old.slot,
        "expires_at": expires_at,
    }


def refuse(api_key: ApiKey, *, now: datetime, in_use: bool = False) -> None:
    """Raise CannotRotate if `rotate` would."""
    _refuse_ended(api_key, now=now)
    before = stands_beside(api_key, now=now)
    is_used = in_use or api_key.first_used_at is not None
    if is_used and before is not None and before.expires_at is not None:
        raise CannotRotate(
            _("The old key, %(before)s, still works until %(moment)s. Delete it first, or wait.")
            % {"before": before.public_id, "moment": moments.written(before.expires_at)}
        )


def stands_beside(api_key: ApiKey, *, now: datetime) -> ApiKey | None:
    """Return the key that this one replaced, as long as that still works."""
    before = api_key.replaces
    return before if before is not None and before.works(at=now) else None


def expiry_of_successor(old: ApiKey, *, renews: bool, now: datetime) -> datetime | None:
    """Return when a successor made now would expire."""
    if old.expires_at is None or not renews:
        return old.expires_at
    return now + (old.expires_at - old.created_at)


def _refuse_ended(old: ApiKey, *, now: datetime) -> None:
    if old.deleted_at is not None:
        raise CannotRotate(_("This key has been deleted. Create a new one."))
    if old.is_replaced and old.successor.deleted_at is not None:
        raise CannotRotate(_("This key has already been rotated, and the new key was deleted. Create another one."))
    if old.is_replaced:
        raise CannotRotate(
            _("This key has already been rotated. %(successor)s replaces it.") % {"successor": old.successor.public_id}
        )
    if old.is_expired(at=now):
        raise CannotRotate(_("This key has expired, so it can’t be rotated. Create a new one."))


def _make_way(old: ApiKey, grace: timedelta, *, by: By, now: datetime) -> ApiKey:
    """Delete or retire the older keys, and return the one that works beside the successor for the grace period."""
    before = old.replaces
    if before is not None and before.works(at=now):
        old.withdraw(at=now)
        return before
    if before is not None and before.deleted_at is None:
        before.wipe(at=now)
        audit.record_of_key(AuditKind.API_KEY_DELETED, before, by=by, after_rotation=before.public_id)
    old.retire(at=now + grace, now=now)
    return old


def _record(old: ApiKey, successor: ApiKey, *, by: By) -> None:
    """Record both events, with one email about the rotation."""
    audit.record_of_key(
        AuditKind.API_KEY_ROTATED,
        old,
        by=by,
        mailed=True,
        successor=successor.public_id,
        works_until=old.expires_at.isoformat() if old.deleted_at is None and old.expires_at else None,
    )
    facts: Details = {"replaces": old.public_id, **audit.limits_of(successor)}
    audit.record_of_key(AuditKind.API_KEY_CREATED, successor, by=by, **facts)
