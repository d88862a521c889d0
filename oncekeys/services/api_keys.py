"""Creates, changes, pauses, resumes and deletes keys."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import cast

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from oncekeys.keys.argon2_pool import Busy
from oncekeys.models import Account, ApiKey, AuditKind, CapReached, Environment, names
from oncekeys.models.api_key import ApiKeyQuerySet
from oncekeys.models.audit import Details
from oncekeys.models.networks import clean as clean_networks
from oncekeys.models.scopes import clean as clean_scopes
from oncekeys.models.scopes import default as default_scopes
from oncekeys.models.transactions import atomic
from oncekeys.services import audit, narrowing
from oncekeys.services.by import By
from oncekeys.services.meanwhile import RemovedMeanwhile
from oncekeys.services.minting import NewKey, mint


class NameTaken(Exception):
    """An active key of the account has this name already. The message is one the page can show."""

    field = "name"

    def __init__(self, name: str) -> None:
        super().__init__(_("There is already an active key called “%(name)s”. Choose another name.") % {"name": name})


class ExpiryPassed(Exception):
    """The key would have expired before it was created. The message is one the page can show."""

    field = "expires_on"

    def __init__(self) -> None:
        super().__init__(_("This time has passed. Choose a later one."))


def create(
    *,
    account: Account,
    by: By,
    name: str,
    environment: Environment = Environment.PRODUCTION,
    expires: timedelta | datetime | None = None,
    networks: str = "",
    scopes: Iterable[str] | None = None,
) -> NewKey:
    """Create a key.

    `expires` says how long it works from now, by the database's clock, or until when. `networks` are the allowed IP
    addresses and networks, one per line. `scopes` are all by default. Raises names.BadName, NameTaken,
    networks.BadNetworks, scopes.BadScopes, ExpiryPassed, CapReached, and Busy if there is no capacity to hash it.
    """
    name = names.clean(name, most=names.KEY_LENGTH)
    narrowed = {
        "addresses": clean_networks(networks),
        "scopes": clean_scopes(default_scopes() if scopes is None else scopes),
    }
    if account.is_full:  # saves the slow hash; under the lock it is asked again, and that decides
        raise CapReached
    minted = mint(environment)
    with atomic():
        slot, now = account.take_slot(), account.clock()
        refuse_taken(name, account.api_keys.holding_slots())
        created = minted.store(
            name=name,
            account=account,
            environment=environment,
            slot=slot,
            created_at=now,
            created_by=by.actor,
            expires_at=_expires_at(expires, now=now),
            **narrowed,
        )
        limits = audit.limits_of(created.api_key)
        audit.record_of_key(AuditKind.API_KEY_CREATED, created.api_key, by=by, mailed=True, **limits)
    return created


def change(
    *,
    api_key: ApiKey,
    by: By,
    name: str,
    networks: str,
    scopes: Iterable[str],
    seen: int | None = None,
    accepted: Collection[str] | None = None,
) -> None:
    """Change the key's name and limits, from the next request on.

    `seen` is its newest change that the actor knows of. `accepted` are the consequences for callers that the actor
    accepts, or None for any. Raises what `create` raises, and audit.Outdated, narrowing.ShutsOut, and RemovedMeanwhile
    if the key was deleted.
    """
    wanted = {
        "name": names.clean(name, most=names.KEY_LENGTH),
        "addresses": clean_networks(networks),
        "scopes": clean_scopes(scopes, held=api_key.scopes),
    }
    with atomic():
        row = _locked(api_key)
        audit.check_seen(row.changes, seen)
        if accepted is not None:
            limits = {"networks": wanted["addresses"], "scopes": wanted["scopes"]}
            narrowing.check(row, **limits, accepted=accepted, at=row.account.clock())
        before = {field: getattr(row, field) for field in wanted if getattr(row, field) != wanted[field]}
        if not before:
            return
        refuse_taken(wanted["name"], row.account.api_keys.holding_slots(), but=row)
        row.rename(wanted["name"])
        row.addresses, row.scopes = wanted["addresses"], wanted["scopes"]
        row.save(update_fields=["name", "folded_name", "addresses", "scopes"])
        changes = {f"{field}_before": value for field, value in before.items()}
        details = cast(Details, changes | {field: wanted[field] for field in before})
        audit.record_of_key(AuditKind.API_KEY_CHANGED, row, by=by, **details)


def _locked(api_key: ApiKey) -> ApiKey:
    """Return the key's row as it is now, under the account's lock. Raises RemovedMeanwhile."""
    api_key.account.lock()
    api_key.account.api_keys.give_back_expired_slots()
    row = ApiKey.objects.not_deleted().select_for_update(no_key=True).filter(pk=api_key.pk).first()
    if row is None:
        raise RemovedMeanwhile
    return row


def pause(*, api_key: ApiKey, by: By) -> None:
    """Refuse the key from the next request on, until it is resumed. Safe to repeat."""
    with atomic():
        if ApiKey.objects.not_deleted().filter(pk=api_key.pk, paused_at=None).update(paused_at=Now()):
            audit.record_of_key(AuditKind.API_KEY_PAUSED, api_key, by=by)


def resume(*, api_key: ApiKey, by: By) -> None:
    """Accept a paused key again, from the next request on."""
    with atomic():
        if ApiKey.objects.not_deleted().filter(pk=api_key.pk, paused_at__isnull=False).update(paused_at=None):
            audit.record_of_key(AuditKind.API_KEY_RESUMED, api_key, by=by)


def delete(*, api_key: ApiKey, by: By) -> None:
    """Refuse the key from the next request on, in every process, forever. Safe to repeat."""
    with atomic():
        row = ApiKey.objects.select_for_update(no_key=True).get(pk=api_key.pk)
        if row.deleted_at is None:
            row.wipe(at=row.account.clock())
            audit.record_of_key(AuditKind.API_KEY_DELETED, row, by=by, mailed=True)


def refuse_taken(name: str, keys: ApiKeyQuerySet, *, but: ApiKey | None = None) -> None:
    """Raise NameTaken if one of the keys has the name. `but` is the key that will get it, and doesn't count.

    A key without a slot may have the same name as another.
    """
    if but is not None and but.slot is None:
        return
    others = keys.exclude(pk=but.pk) if but else keys
    if others.named(name).exists():
        raise NameTaken(name)


def _expires_at(expires: timedelta | datetime | None, *, now: datetime) -> datetime | None:
    moment = now + expires if isinstance(expires, timedelta) else expires
    if moment is not None and moment <= now:
        raise ExpiryPassed
    return moment


__all__ = ["Busy", "CapReached", "ExpiryPassed", "NameTaken", "NewKey", "change", "create", "delete", "pause", "resume"]
