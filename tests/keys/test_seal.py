"""The seal tells a right key from a wrong one without Argon2."""

import pytest

from oncekeys.keys import seal
from oncekeys.keys.token import CHECKSUM_LENGTH, Token, checksum

OURS, FORMER, LOST = "ours", b"the one of before", "lost"


def test_a_seal_fits_its_own_key_and_no_other():
    token = Token.mint("live")
    made = seal.make(token, OURS)

    assert len(made) == seal.LENGTH
    assert seal.fits(token, made, [OURS]) is True
    assert not any(seal.fits(Token.mint("live"), made, [OURS]) for _ in range(1000))


def test_it_covers_the_environment_as_well_as_the_secret():
    live = Token.mint("live")
    body = live.reveal()[:-CHECKSUM_LENGTH].replace("ok_live_", "ok_test_")

    test = Token(body + checksum(body))

    assert seal.fits(test, seal.make(live, OURS), [OURS]) is False


@pytest.mark.parametrize("maker", [OURS, FORMER])
def test_any_known_secret_key_may_have_made_it(maker):
    token = Token.mint("live")
    made = seal.make(token, maker)

    assert seal.fits(token, made, [OURS, FORMER]) is True
    assert seal.fits(Token.mint("live"), made, [OURS, FORMER]) is False


@pytest.mark.parametrize(
    "stored", [b"", b"\0" * seal.LENGTH, seal.make(Token.mint("live"), LOST)], ids=["none", "nonsense", "lost"]
)
def test_one_that_no_known_secret_key_made_tells_nothing(stored):
    assert seal.fits(Token.mint("live"), stored, [OURS, FORMER]) is None


def test_of_a_seal_cut_short_nothing_fits():
    token = Token.mint("live")

    assert seal.fits(token, seal.make(token, OURS)[: seal.NAME_LENGTH], [OURS]) is False


def test_two_secret_keys_make_seals_that_have_nothing_in_common():
    token = Token.mint("live")

    ours, former = seal.make(token, OURS), seal.make(token, FORMER)

    assert ours[: seal.NAME_LENGTH] != former[: seal.NAME_LENGTH]
    assert ours[seal.NAME_LENGTH :] != former[seal.NAME_LENGTH :]
