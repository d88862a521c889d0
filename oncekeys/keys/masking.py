"""Removes keys from texts that are kept, such as a log or an error tracker's events."""

import base64
import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from oncekeys.keys import brand
from oncekeys.keys.brand import BrandedPattern
from oncekeys.keys.token import KEY_ID_LENGTH, SECRET_LENGTH

# Also in capitals and percent-encoded: such a key doesn't work, but it reveals almost all of one that does.
_UNDERSCORE = "(?:_|%5F)"
_WORD = r"(?:\w|%5F)"
_PREFIX = f"{{brand}}{_UNDERSCORE}(?:live|test){_UNDERSCORE}"
_KEY = BrandedPattern(
    rf"({_PREFIX}[0-9A-Za-z]{{{KEY_ID_LENGTH}}}){_UNDERSCORE}{_WORD}+"
    # Mistyped before the secret, such as a key ID that lacks a character.
    rf"|({_PREFIX}[0-9A-Za-z]{{0,{KEY_ID_LENGTH}}}){_WORD}{{{SECRET_LENGTH // 2},}}",
    re.ASCII | re.IGNORECASE,
)


def _in_base64(text: bytes) -> Iterator[str]:
    """Yield the base64 of `text` in its three alignments, without bits of the neighboring characters."""
    for shift in range(3):
        first, end = -(-8 * shift // 6), 8 * (shift + len(text)) // 6
        yield base64.b64encode(b"\0" * shift + text).decode()[first:end]


@cache
def _encoded_key(brands: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for keys in base64, as HTTP Basic sends them.

    None of these pieces has a `+` or `/`, so they match both alphabets of base64.
    """
    prefixes = [f"{each}_{environment}_".encode() for each in brands for environment in ("live", "test")]
    pieces = [re.escape(piece) for prefix in prefixes for piece in _in_base64(prefix)]
    return re.compile(rf"(?:{'|'.join(pieces)})(?:[0-9A-Za-z+/=_-]|%2B|%2F|%3D)*")


def mask(text: str) -> str:
    """Return the text with each key, whole or truncated, as `ok_live_7Fh2k9QxYz12_…`, and each key in base64 as `…`."""
    return _encoded_key(brand.known()).sub("…", _KEY.sub(r"\1\2_…", text))


def mask_all(value: Any) -> Any:
    """Return a copy with every text in nested dictionaries and lists masked, including the dictionaries' keys."""
    match value:
        case str():
            return mask(value)
        case dict():
            return {mask_all(name): mask_all(each) for name, each in value.items()}
        case list() | tuple():
            return [mask_all(each) for each in value]
        case None | int() | float():
            return value
        case _:
            # Sentry's logs hold objects, such as a request, and send their `repr`.
            shown = repr(value)
            return value if mask(shown) == shown else mask(shown)


def mask_event(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Remove keys from an event. Use it as `before_send` for Sentry and similar trackers."""
    masked: dict[str, Any] = mask_all(event)
    return masked


class MaskingFormatter(logging.Formatter):
    """Formats a log record and masks the keys in its message, its arguments and its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
