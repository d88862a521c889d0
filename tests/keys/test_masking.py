"""No log holds a key."""

import base64
import logging
from pathlib import Path
from urllib.parse import quote

import pytest

from dev.disguises import holds, secret_of
from oncekeys.keys.masking import MaskingFormatter, mask, mask_event
from oncekeys.keys.token import Token


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
        lambda key: key[:10] + key[11:],
        lambda key: key[:20] + key[21:],
        lambda key: key[:8] + key[20:],
    ],
    ids=["truncated", "in capitals", "percent-encoded", "twice", "too long", "id too short", "run together", "no id"],
)
def test_what_is_nearly_a_key_is_masked_too(token, damage):
    secret = token.reveal()[-49:]

    assert secret[:16].lower() not in mask(damage(token.reveal())).lower()


@pytest.mark.parametrize("text", ["", "look_live_and_learn", "ok_live_soon", "ok_test_7Fh2k9QxYz12", "a" * 71])
def test_other_texts_stay_as_they_are(text):
    assert mask(text) == text


@pytest.mark.parametrize("before", ["", ":", "me:", "you:", "/+~ "])
def test_base64_of_a_key_is_masked_wherever_the_key_begins(token, before):
    encoded = base64.b64encode(f"{before}{token.reveal()}:".encode()).decode()

    masked = mask(f"Authorization: Basic {encoded}, Accept: */*")

    assert not holds(masked.encode(), secret_of(token.reveal()))
    assert masked.endswith("…, Accept: */*")


def test_what_an_error_tracker_is_sent_is_masked_at_any_depth(token):
    key = token.reveal()
    event = {"vars": [{key: (key, 7, None, key.encode(), Path(key))}], "level": "error"}

    masked = mask_event(event, {})

    assert key not in repr(masked)
    assert masked["level"] == "error"
    assert masked["vars"][0][token.masked][:3] == [token.masked, 7, None]


def test_a_record_is_masked_wherever_the_key_is(token):
    try:
        raise ValueError(token.reveal())
    except ValueError as error:
        failure = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("name", logging.ERROR, "path", 1, "Bad %s", (token.reveal(),), failure)

    line = MaskingFormatter().format(record)

    assert line.count(token.masked) == 2
    assert token.reveal() not in line
