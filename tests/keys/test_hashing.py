"""The stored form of a key."""

import argon2

from oncekeys.keys import hashing
from oncekeys.keys.hashing import MINIMUM_COST, Cost
from oncekeys.keys.token import Token

STRONGER = Cost(memory_kib=MINIMUM_COST.memory_kib * 2, passes=2, lanes=1)


def test_a_hash_is_argon2id_with_the_contracted_parameters():
    parameters = argon2.extract_parameters(hashing.make(Token.mint("live"), MINIMUM_COST))

    assert parameters == argon2.Parameters(
        type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19456, parallelism=1
    )


def test_a_hash_matches_its_key_and_no_other():
    token = Token.mint("live")
    secret_hash = hashing.make(token, MINIMUM_COST)

    assert hashing.matches(token, secret_hash)
    assert not hashing.matches(Token.mint("live"), secret_hash)


def test_a_hash_made_with_other_parameters_still_matches_():
    token = Token.mint("live")
    secret_hash = hashing.make(token, STRONGER)

    assert hashing.matches(token, secret_hash)
    assert not hashing.is_outdated(secret_hash, STRONGER)


def test_only_a_hash_made_with_less_is_outdated():
    """Else two deployments that differ for a while would undo each other's work at every request."""
    token = Token.mint("live")

    assert hashing.is_outdated(hashing.make(token, MINIMUM_COST), STRONGER)
    assert not hashing.is_outdated(hashing.make(token, STRONGER), MINIMUM_COST)


def test_the_hash_says_nothing_of_the_key():
    token = Token.mint("live")

    secret_hash = hashing.make(token, MINIMUM_COST)

    assert token.key_id not in secret_hash
    assert hashing.make(token, MINIMUM_COST) != secret_hash, "the salt differs each time"
