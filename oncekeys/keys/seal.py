"""Makes and checks the seal of a key: a keyed hash, which tells right from wrong without Argon2.

    4 bytes that name the secret key, then 32 bytes of BLAKE2b (RFC 7693) of the whole key

Both need the deployment's secret key, which isn't in the database. So a thief of the database can't test guesses.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest

from oncekeys.keys.token import Token

NAME_LENGTH = 4
LENGTH = NAME_LENGTH + 32


def make(token: Token, secret_key: str | bytes) -> bytes:
    """Return the 36 bytes to store. They depend on the whole key, so a seal is useless in another key's row."""
    name, derived = _derive(secret_key)
    return name + blake2b(token.reveal().encode(), key=derived, digest_size=LENGTH - NAME_LENGTH).digest()


def fits(token: Token, seal: bytes, secret_keys: Iterable[str | bytes]) -> bool | None:
    """Return whether the seal was made from this key, or None if none of these secret keys made it."""
    compared = [compare_digest(make(token, each), seal) for each in secret_keys if is_made_by(each, seal)]
    return any(compared) if compared else None


def is_made_by(secret_key: str | bytes, seal: bytes) -> bool:
    return seal.startswith(_derive(secret_key)[0])


@lru_cache
def _derive(secret_key: str | bytes) -> tuple[bytes, bytes]:
    """Return the secret key's name, and a key derived from it that only makes seals."""
    secret = secret_key.encode() if isinstance(secret_key, str) else secret_key
    derived = blake2b(secret, digest_size=LENGTH, person=b"oncekeys seal").digest()
    return derived[:NAME_LENGTH], derived[NAME_LENGTH:]
