"""Writes down what happened, in the transaction of what happened, and has it told by mail afterwards."""

from functools import partial
from typing import Unpack

from oncekeys import links
from oncekeys.models import Account, ApiKey, AuditEvent, AuditKind, old_keys, scopes
from oncekeys.models.audit import AuditEventQuerySet, Details
from oncekeys.models.transactions import on_commit
from oncekeys.notifications import delivery, recipients
from oncekeys.services import security_log
from oncekeys.services.by import By

# What can be done to an old key alone, so the log says that it was one.
DONE_TO_OLD_KEYS = {
    AuditKind.API_KEY_PAUSED,
    AuditKind.API_KEY_RESUMED,
    AuditKind.API_KEY_DELETED,
    AuditKind.API_KEY_EXPOSED,
}

TYPED = {"name", "before", "name_before", "email"}


class Outdated(Exception):
    """It was changed since its form was shown. `changes` are those the reader hasn't seen, the oldest first."""

    def __init__(self, changes: list[AuditEvent]) -> None:
        super().__init__()
        self.changes = changes


def check_seen(changes: AuditEventQuerySet, seen: int | None) -> None:
    """Raises Outdated where there are newer ones than the event `seen`. None asks for no check.

    Holds only in a transaction that has locked what every such change locks.
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
    """`mailed`: the people who manage the account get an email about it."""
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
    """Without what people have typed, such as names."""
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
    """As `record`, with the name that the key has now, and with the new key where it is an old one."""
    if kind in DONE_TO_OLD_KEYS:
        details = {**old_keys.facts(api_key), **details}
    details = {"name": api_key.name, **details}
    return record(kind, account=api_key.account, by=by, api_key=api_key, mailed=mailed, **details)
