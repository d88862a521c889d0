"""No log holds a key."""

import logging
from urllib.parse import quote

import pytest

from accounts.keys.masking import MaskingFormatter, mask
from accounts.keys.token import Token


@pytest.fixture
def token() -> Token:
    return Token.mint("live")


def test_of_a_key_its_id_is_left(token):
    assert mask(f"GET /{token.reveal()}?x=1") == f"GET /{token.masked}?x=1"


@pytest.mark.parametrize(
    "damage",
    [
        lambda key: key[:-9],
        lambda key: key.upper(),
        lambda key: quote(key).replace("_", "%5F"),
        lambda key: key + key,
        lambda key: f"{key}x",
    ],
    ids=["truncated", "in capitals", "percent-encoded", "twice", "too long"],
)
def test_what_is_nearly_a_key_is_masked_too(token, damage):
    secret = token.reveal()[-49:]

    assert secret[:16].lower() not in mask(damage(token.reveal())).lower()


@pytest.mark.parametrize("text", ["", "look_live_and_learn", "ok_live_soon", "ok_test_7Fh2k9QxYz12", "a" * 71])
def test_other_texts_stay_as_they_are(text):
    assert mask(text) == text


def test_a_record_is_masked_wherever_the_key_is(token):
    try:
        raise ValueError(token.reveal())
    except ValueError as error:
        failure = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("name", logging.ERROR, "path", 1, "Bad %s", (token.reveal(),), failure)

    line = MaskingFormatter().format(record)

    assert line.count(token.masked) == 2
    assert token.reveal() not in line
