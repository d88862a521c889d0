"""Takes keys out of texts that are kept. A key in a URL or in the wrong header would end up in a log with it."""

import logging
import re

from accounts.keys.token import KEY_ID_LENGTH

# Also in capitals and percent-encoded: such a key works no more, but says nearly all of one that does.
_UNDERSCORE = "(?:_|%5F)"
_KEY = re.compile(
    rf"(ok{_UNDERSCORE}(?:live|test){_UNDERSCORE}[0-9A-Za-z]{{{KEY_ID_LENGTH}}}){_UNDERSCORE}(?:\w|%5F)+",
    re.ASCII | re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with `ok_live_7Fh2k9QxYz12_…` in place of every key in it, whole or truncated."""
    return _KEY.sub(r"\1_…", text)


class MaskingFormatter(logging.Formatter):
    """Formats a log record without the keys that are in its message, its arguments or its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
