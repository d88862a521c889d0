"""Writes down what happened, in the transaction of what happened, and has it told by mail afterwards."""

from functools import partial

from django.db import transaction

from accounts import conf
from accounts.models import Account, ApiKey, AuditEvent, AuditKind, User, old_keys
from accounts.models.audit import AuditEventQuerySet
from accounts.notifications import post
from accounts.services.background import mails

MAILED = {
    AuditKind.API_KEY_CREATED,
    AuditKind.API_KEY_ROTATED,
    AuditKind.API_KEY_DELETED,
    AuditKind.API_KEY_EXPOSED,
}
# What can be done to an old key alone, so the log says that it was one.
DONE_TO_OLD_KEYS = {
    AuditKind.API_KEY_PAUSED,
    AuditKind.API_KEY_RESUMED,
    AuditKind.API_KEY_DELETED,
    AuditKind.API_KEY_EXPOSED,
}
# What a rotation also does to other keys; its own event tells of it all.
PARTS_OF_A_ROTATION = {"replaces", "after_rotation"}


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
    kind: AuditKind,
    *,
    account: Account,
    actor: User | None,
    address: str | None,
    api_key: ApiKey | None = None,
    **details: str | None,
) -> AuditEvent:
    """`actor` None means the system itself. `details` must hold no secret."""
    event = AuditEvent.objects.create(
        kind=kind, account=account, actor=actor, address=address, api_key=api_key, details=details
    )
    if kind in MAILED and conf.has_pages() and PARTS_OF_A_ROTATION.isdisjoint(details):
        # No answer waits for a mail server, and none is lost to one.
        send = partial(mails.run, partial(post.tell_of, event.pk))
        transaction.on_commit(send, robust=True)
    return event


def record_of_key(
    kind: AuditKind, api_key: ApiKey, *, actor: User | None, address: str | None, **details: str | None
) -> AuditEvent:
    """As `record`, with the name that the key has now, and with the new key where it is an old one."""
    of_old_key = old_keys.facts(api_key) if kind in DONE_TO_OLD_KEYS else {}
    details = {"name": api_key.name, **of_old_key, **details}
    return record(kind, account=api_key.account, actor=actor, address=address, api_key=api_key, **details)
