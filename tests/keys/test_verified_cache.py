"""The memory of what Argon2 said yes to."""

import os

import pytest

from oncekeys.keys.token import Token
from oncekeys.keys.verified_cache import VerifiedCache, verified


@pytest.fixture
def cache() -> VerifiedCache:
    return VerifiedCache(capacity=2)


def test_it_knows_what_it_was_told(cache):
    token = Token.mint("live")

    cache.remember(token, "hash")

    assert cache.knows(token, "hash")
    assert not cache.knows(Token.mint("live"), "hash")


def test_a_key_whose_stored_hash_has_changed_is_not_known(cache):
    token = Token.mint("live")

    cache.remember(token, "hash")

    assert not cache.knows(token, "another hash")


def test_the_least_recently_used_goes_first(cache):
    oldest, used, newest = (Token.mint("live") for _ in range(3))
    cache.remember(oldest, "hash")
    cache.remember(used, "hash")
    assert cache.knows(oldest, "hash")

    cache.remember(newest, "hash")

    assert [cache.knows(token, "hash") for token in (oldest, used, newest)] == [True, False, True]


def test_it_holds_no_key_in_any_form_that_another_process_could_compute(cache):
    token = Token.mint("live")
    other = VerifiedCache(capacity=2)

    cache.remember(token, "hash")
    other.remember(token, "hash")

    assert token.reveal() not in repr(vars(cache))
    assert cache._hashes.keys().isdisjoint(other._hashes.keys())


# Python 3.12 warns of forking beside threads, which is what this test is about.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_with_nothing():
    token = Token.mint("live")
    verified.remember(token, "hash")

    child = os.fork()
    if child == 0:
        os._exit(verified.knows(token, "hash"))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert verified.knows(token, "hash")
