"""Mints and parses the text of a key.

    ok_live_7Fh2k9QxYz12_<43 base62 characters><6 base62 characters>

It has a brand, the environment, the public key ID, a secret of 256 bits, and a CRC-32 of everything before that.
All are word characters, so a double click selects the whole key.
"""

import secrets
import string
import zlib
from typing import Literal, NoReturn

from oncekeys.keys import brand
from oncekeys.keys.brand import BrandedPattern

Prefix = Literal["live", "test"]

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY_ID_LENGTH = 12
SECRET_LENGTH = 43  # the first length of which 62**43 > 2**256
CHECKSUM_LENGTH = 6  # likewise, 62**6 > 2**32

# The part of a key that may be shown: everything before its secret.
SHOWN = rf"{{brand}}_(live|test)_([0-9A-Za-z]{{{KEY_ID_LENGTH}}})"
PUBLIC_ID = BrandedPattern(SHOWN)
PATTERN = BrandedPattern(rf"{SHOWN}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")


def length(of_brand: str = "") -> int:
    """Return the length of a complete key with this brand, by default the current one."""
    beginning = len(of_brand or brand.current()) + len("_live_")
    return beginning + KEY_ID_LENGTH + len("_") + SECRET_LENGTH + CHECKSUM_LENGTH


class Malformed(ValueError):
    """The text lacks the shape or the checksum of a key. The error holds nothing of it: it may be almost a key."""


class Token:
    """A complete key. Only `reveal` returns its secret."""

    __slots__ = ("_text", "brand", "key_id", "prefix")

    def __init__(self, text: str) -> None:
        """Raises Malformed."""
        match = PATTERN.fullmatch(text)
        if match is None or text[-CHECKSUM_LENGTH:] != checksum(text[:-CHECKSUM_LENGTH]):
            raise Malformed
        self._text = text
        self.brand = text.partition("_")[0]
        self.prefix = match[1]
        self.key_id = match[2]

    @classmethod
    def mint(cls, prefix: Prefix) -> "Token":
        """Make a new key from the system's source of randomness."""
        body = f"{brand.current()}_{prefix}_{_random(KEY_ID_LENGTH)}_{_random(SECRET_LENGTH)}"
        return cls(body + checksum(body))

    def reveal(self) -> str:
        """Return the key itself. The caller is responsible for where it goes."""
        return self._text

    @property
    def masked(self) -> str:
        """Return the part that may be shown: `ok_live_7Fh2k9QxYz12_…`."""
        return f"{self.brand}_{self.prefix}_{self.key_id}_…"

    def __repr__(self) -> str:
        return f"<Token {self.masked}>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and secrets.compare_digest(self._text, other._text)

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # Pickling and copying both come here: a cache or a queue must not hold a key unnoticed.
        raise TypeError("A token cannot be copied or serialized.")


def key_id_of(shown: str) -> str:
    """Return the key ID `7Fh2k9QxYz12`, whether it is given alone or as `ok_live_7Fh2k9QxYz12`."""
    match = PUBLIC_ID.fullmatch(shown.strip())
    return match[2] if match else shown.strip()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def checksum(text: str) -> str:
    """Return zlib's CRC-32 in base62, padded with `0` to six characters."""
    return base62(zlib.crc32(text.encode()), width=CHECKSUM_LENGTH)


def base62(number: int, *, width: int) -> str:
    """Return `number` in the digits 0-9A-Za-z, most significant first, padded on the left with `0`."""
    digits = []
    while number:
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits)).rjust(width, "0")
