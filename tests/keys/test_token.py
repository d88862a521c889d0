"""The key as text."""

import copy
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncekeys.keys.token import ALPHABET, PATTERN, Malformed, Token, base62, checksum, length

PREFIXES = st.sampled_from(["live", "test"])
BASE62 = st.text(ALPHABET, min_size=43, max_size=43)


def parses(text: str) -> bool:
    try:
        Token(text)
    except Malformed:
        return False
    return True


def test_a_minted_key_has_the_contracted_shape():
    text = Token.mint("live").reveal()

    assert re.fullmatch(r"ok_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}", text)
    assert len(text) == length() == 70


def test_the_environment_and_the_key_id_can_be_read_off_a_key():
    token = Token.mint("test")

    assert token.reveal().split("_")[1:3] == ["test", token.key_id] == [token.prefix, token.key_id]


def test_the_checksum_is_a_standard_crc_32():
    # The check value of CRC-32 in the catalogue of parametrised CRC algorithms: 0xCBF43926 for "123456789".
    assert checksum("123456789") == base62(0xCBF43926, width=6)
    assert base62(0xCBF43926, width=6) == "3jZRME"


def test_base62_pads_with_zeros_on_the_left():
    assert base62(61, width=6) == "00000z"
    assert base62(62, width=6) == "000010"


def test_no_two_minted_keys_are_the_same():
    assert len({Token.mint("live").reveal() for _ in range(1000)}) == 1000


@given(PREFIXES)
def test_every_minted_key_parses_to_itself(prefix):
    token = Token.mint(prefix)

    assert Token(token.reveal()) == token


@given(st.text() | st.from_regex(re.compile(PATTERN.pattern, re.ASCII), fullmatch=True))
def test_the_parser_accepts_only_what_mint_can_make(text):
    mintable = PATTERN.fullmatch(text) is not None and text.endswith(checksum(text[:-6]))

    assert parses(text) == mintable


@given(PREFIXES, st.integers(0, length() - 1), st.characters())
def test_one_changed_character_is_always_noticed(prefix, position, character):
    text = Token.mint(prefix).reveal()
    changed = text[:position] + character + text[position + 1 :]

    assert parses(changed) == (changed == text)


@given(PREFIXES, st.integers(0, length() - 2))
def test_two_swapped_neighbours_are_always_noticed(prefix, position):
    text = Token.mint(prefix).reveal()
    swapped = text[:position] + text[position + 1] + text[position] + text[position + 2 :]

    assert parses(swapped) == (swapped == text)


@given(st.sampled_from(["", " ", "\n", "\x00", "=", "٣", "ａ"]))
def test_nothing_may_stand_around_a_key(extra):
    text = Token.mint("live").reveal()

    assert parses(text + extra) == parses(extra + text) == (extra == "")


@pytest.mark.parametrize("show", [str, repr, "{}".format, "%s".__mod__, "{!r}".format, ascii])
def test_a_token_shows_its_id_and_never_its_secret(show):
    token = Token.mint("live")
    secret = token.reveal().rsplit("_", 1)[1]

    assert token.key_id in show(token)
    assert secret not in show(token)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_token_is_neither_copied_nor_serialized(duplicate):
    with pytest.raises(TypeError):
        duplicate(Token.mint("live"))


def test_a_malformed_key_is_not_repeated_by_the_exception():
    text = Token.mint("live").reveal()[:-1]

    with pytest.raises(Malformed) as error:
        Token(text)

    assert text not in f"{error.value!r}{error.value}"
