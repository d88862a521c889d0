"""Writes down what happened, in the transaction of what happened."""

from accounts.models import Account, ApiKey, AuditEvent, AuditKind, User


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
    return AuditEvent.objects.create(
        kind=kind, account=account, actor=actor, address=address, api_key=api_key, details=details
    )
