"""Makes and checks the Argon2id hash of a key, which is valid even when the deployment's secret key is lost."""

import re
from dataclasses import dataclass
from functools import lru_cache

import argon2
from argon2.exceptions import HashingError, VerificationError, VerifyMismatchError

from oncekeys.keys.token import Token

PARAMETERS = re.compile(r"m=(\d+),t=(\d+)")


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id's parameters: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int


# OWASP's minimum for Argon2id, which ASVS 5.0 approves. A deployment may set more, but never less.
MINIMUM_COST = Cost(memory_kib=19_456, passes=2, lanes=1)


def make(token: Token, cost: Cost) -> str:
    """Return the PHC string to store, about 97 characters. Slow by design: tens of ms. Raises MemoryError."""
    hasher = argon2.PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, salt_len=16, hash_len=32
    )
    try:
        return hasher.hash(token.reveal())
    except HashingError as error:
        raise MemoryError(str(error)) from None


def matches(token: Token, secret_hash: str) -> bool:
    """Return whether the hash was made from this key, with any parameters. Slow on purpose. Raises MemoryError."""
    try:
        return argon2.PasswordHasher().verify(secret_hash, token.reveal())
    except VerifyMismatchError:
        return False
    except VerificationError as error:  # this isn't a no: there was not enough memory to find out
        raise MemoryError(str(error)) from None


def is_outdated(secret_hash: str, cost: Cost) -> bool:
    """Return whether it was made with less than `cost`. A costlier one is kept, or two deployments would take turns."""
    memory_kib, passes = _parameters(secret_hash.split("$", 4)[3])
    return memory_kib < cost.memory_kib or passes < cost.passes


@lru_cache
def _parameters(written: str) -> tuple[int, int]:
    """Return the memory in KiB and the passes. Most hashes have the same, such as `m=19456,t=2,p=1`."""
    memory_kib, passes = PARAMETERS.findall(written)[0]
    return int(memory_kib), int(passes)
