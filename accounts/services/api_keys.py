"""What an admin does with keys: create and delete them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import conf
from accounts.keys import hashing
from accounts.keys.argon2_pool import Busy, pool
from accounts.keys.token import Token
from accounts.models import Account, ApiKey, AuditKind, CapReached, Environment, User, names
from accounts.services import audit

# A person at a page waits longer than a request with a key may.
PATIENCE_SECONDS = 15.0


class NameTaken(Exception):
    """An active key of the account has this name already. The message is one the page can show."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is already an active key called “%(name)s”. Choose another name, or delete that key first.")
            % {"name": name}
        )


@dataclass(frozen=True)
class NewKey:
    """A key just made. `token` is the only copy of the secret there will ever be."""

    api_key: ApiKey
    token: Token


def create(
    *,
    account: Account,
    actor: User | None,
    name: str,
    environment: Environment = Environment.PRODUCTION,
    expires_at: datetime | None = None,
    address: str | None = None,
) -> NewKey:
    """Make a key. `actor` None means the system itself; `address` is where the request came from.

    Raises names.BadName, NameTaken, CapReached, and Busy when there is no capacity to hash it.
    """
    name = names.clean(name, most=names.KEY_LENGTH)
    token = Token.mint(Environment(environment).prefix)
    # Slow on purpose, so before the lock.
    secret_hash = pool.run(token, partial(hashing.make, token, conf.argon2_cost()), patience=PATIENCE_SECONDS)
    with transaction.atomic():
        slot = account.take_slot()
        if account.api_keys.holding_slots().named(name).exists():
            raise NameTaken(name)
        api_key = ApiKey.objects.create(
            account=account,
            key_id=token.key_id,
            secret_hash=secret_hash,
            gate=hashing.gate(token),
            name=name,
            folded_name=names.folded(name),
            environment=environment,
            slot=slot,
            created_by=actor,
            expires_at=expires_at,
        )
        audit.record(
            AuditKind.API_KEY_CREATED, account=account, actor=actor, address=address, api_key=api_key, name=name
        )
    return NewKey(api_key, token)


def delete(*, api_key: ApiKey, actor: User | None, address: str | None = None) -> None:
    """Refuse the key from the next request on, in every process, for ever. Deleting it again changes nothing."""
    with transaction.atomic():
        row = ApiKey.objects.select_for_update().get(pk=api_key.pk)
        if row.deleted_at is None:
            row.wipe()
            audit.record(
                AuditKind.API_KEY_DELETED,
                account=api_key.account,
                actor=actor,
                address=address,
                api_key=row,
                name=row.name,
            )


__all__ = ["Busy", "CapReached", "NameTaken", "NewKey", "create", "delete"]
