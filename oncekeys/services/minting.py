"""Creates keys. This is the only place that makes a secret and stores its hash."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from oncekeys import conf
from oncekeys.keys import hashing, seal
from oncekeys.keys.argon2_pool import pool
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey, Environment, names

# A person at a page waits longer than a request with a key may.
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class NewKey:
    """A key that was just created. `token` is the only copy of the secret there will ever be."""

    api_key: ApiKey
    token: Token


@dataclass(frozen=True)
class Minted:
    """A secret and its hash, which is slow to make, so it is made before anything is locked."""

    token: Token
    secret_hash: str

    def store(self, *, name: str, **fields: Any) -> NewKey:
        """Store the key as a row, with the other fields of an ApiKey."""
        api_key = ApiKey.objects.create(
            brand=self.token.brand,
            key_id=self.token.key_id,
            secret_hash=self.secret_hash,
            seal=seal.make(self.token, conf.secret_keys()[0]),
            name=name,
            folded_name=names.folded(name),
            **fields,
        )
        return NewKey(api_key, self.token)


def mint(environment: Environment) -> Minted:
    """Mint a key. Raises Busy when there is no capacity to hash it."""
    token = Token.mint(Environment(environment).prefix)
    make = partial(hashing.make, token, conf.argon2_cost())
    return Minted(token, pool.run(token, make, patience=PATIENCE_SECONDS))
