"""Records what happened, in the same transaction, and has an email sent about it."""

from functools import partial
from typing import Unpack

from oncekeys import links
from oncekeys.models import Account, ApiKey, AuditEvent, AuditKind, old_keys, scopes
from oncekeys.models.audit import AuditEventQuerySet, Details
from oncekeys.models.transactions import on_commit
from oncekeys.notifications import delivery, recipients
from oncekeys.services import security_log
from oncekeys.services.by import By

# What can also be done to an old key. Then the log says that it was an old one.
DONE_TO_OLD_KEYS = {
    AuditKind.API_KEY_PAUSED,
    AuditKind.API_KEY_RESUMED,
    AuditKind.API_KEY_DELETED,
    AuditKind.API_KEY_EXPOSED,
}

TYPED = {"name", "before", "name_before", "email"}


class Outdated(Exception):
    """It changed after its form was shown. `changes` are the events that the reader hasn't seen, the oldest first."""

    def __init__(self, changes: list[AuditEvent]) -> None:
        super().__init__()
        self.changes = changes


def check_seen(changes: AuditEventQuerySet, seen: int | None) -> None:
    """Raise Outdated if there are changes newer than the event `seen`. None skips the check.

    The result is only reliable in a transaction that has locked what every such change locks.
    """
    if seen is not None and (newer := list(changes.newer_than(seen))):
        raise Outdated(newer)


def record(
    kind: str,
    *,
    account: Account,
    by: By,
    api_key: ApiKey | None = None,
    mailed: bool = False,
    **details: Unpack[Details],
) -> AuditEvent:
    """Record an event. If `mailed`, the people who manage the account get an email about it."""
    event = AuditEvent.objects.create(
        kind=kind,
        account=account,
        actor=by.actor,
        by_key=by.is_key,
        address=by.address,
        api_key=api_key,
        details=details,
    )
    on_commit(partial(_write, event), robust=True)
    if mailed and links.has_pages():
        delivery.send_with_the_change(partial(recipients.tell_of, event.pk))
    return event


def limits_of(api_key: ApiKey) -> Details:
    """Return a new key's limits, if it has any."""
    limits: Details = {"addresses": api_key.addresses} if api_key.addresses else {}
    return limits if api_key.scopes == scopes.FULL else {**limits, "scopes": api_key.scopes}


def _write(event: AuditEvent) -> None:
    """Write the event to the security log, without what people typed, such as names."""
    security_log.write(
        event.kind,
        account=event.account.slug,
        key=event.api_key.public_id if event.api_key else None,
        actor="key" if event.by_key else event.actor_id,
        address=event.address,
        **{name: str(fact) for name, fact in event.details.items() if fact and name not in TYPED},
    )


def record_of_key(
    kind: AuditKind,
    api_key: ApiKey,
    *,
    by: By,
    mailed: bool = False,
    **details: Unpack[Details],
) -> AuditEvent:
    """Record an event about a key, with its current name. For an old key, record the new key too."""
    if kind in DONE_TO_OLD_KEYS:
        details = {**old_keys.facts(api_key), **details}
    details = {"name": api_key.name, **details}
    return record(kind, account=api_key.account, by=by, api_key=api_key, mailed=mailed, **details)
