"""Says what is wrong with a text that should have been a key. It looks only at the text, and repeats none of it."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from oncekeys.keys import brand
from oncekeys.keys.brand import BrandedPattern
from oncekeys.keys.token import KEY_ID_LENGTH, length

PREFIX = BrandedPattern("{brand}_(live|test)_", flags=0)
BEGINS_LIKE_A_KEY = BrandedPattern(r"{brand}_(live|test)_\w*")
PREFIX_OF_A_WORD = BrandedPattern(r"(?<![0-9A-Za-z]){brand}_(live|test)_")
OTHER_PRODUCTS = re.compile(r"(sk|pk|rk)_(live|test)_|gh[pousr]_|github_pat_|xox[abprs]-|AKIA|AIza|eyJ|sk-")
NO_VALUE = re.compile(r"none|null|undefined|nil|nan|true|false", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"<[^>]*>|your\b.*|your[_-].*|(?:my|the|insert|paste)[ _-].*|x{3,}|\*+|\.{2,}|…", re.IGNORECASE
)
UNEXPANDED = BrandedPattern(
    r"\$?\{\{?[\s\w.-]*\}?\}|\$\(?\w+\)?|%\w+%|(?:process\.env|import\.meta\.env|os\.environ|os\.getenv|env|secrets)\b.*"
    r"|(?!{brand}_)\w*API_?KEY\w*",
    re.ASCII | re.IGNORECASE,
)
# A key as a page or a log shows it: without its secret, or with something in place of it.
SHOWN = BrandedPattern(
    rf"{{brand}}_(?:live|test)_(?:[0-9A-Za-z]{{{KEY_ID_LENGTH}}}_?(?:…|\.\.+|\*+|[xX]{{3,}})?|…|\.\.+|\*+|[xX]{{3,}})"
)
LINE_BREAK = re.compile(r"[\r\n]|\\[rn]|%0[ad]", re.IGNORECASE)
QUOTES = "\"'`“”‘’«»"

AGAIN = "Copy the complete key again from where you keep it."
SET = "Check that the variable with your key is set."

# Longer texts aren't examined, so that no one can slow us down with the patterns.
FAR_TOO_LONG = 200


def diagnose(text: str) -> str:
    """Return the first finding that fits, in one or two sentences for the developer who sent the text."""
    text = _as_typed(text)
    findings = OF_A_KEY if BEGINS_LIKE_A_KEY.fullmatch(text) else OF_ANYTHING_ELSE
    sentence = next(sentence for fits, sentence in findings if fits(text))
    return sentence.format(count=_characters(_surplus(text)), brand=brand.current())


def sentences() -> Iterator[str]:
    """Return every sentence that `diagnose` can return."""
    said = dict.fromkeys(sentence for _, sentence in (*OF_A_KEY, *OF_ANYTHING_ELSE))
    return (sentence.format(count="3 characters", brand=brand.current()) for sentence in said)


def _as_typed(text: str) -> str:
    """Decode the text as UTF-8. HTTP servers decode headers as Latin-1, so a curly quotation mark comes as three."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _surplus(text: str) -> int:
    """Return how many more characters the text has than a key; negative if it has fewer."""
    first = text.partition("_")[0]
    return len(text) - length(first if first in brand.known() else "")


def _bare(text: str) -> str:
    return text.strip().strip(QUOTES).strip()


def _characters(surplus: int) -> str:
    return "1 character" if abs(surplus) == 1 else f"{abs(surplus)} characters"


def _has_company(text: str) -> bool:
    """Return whether something is before the key, such as a scheme, a name or a URL."""
    return bool(PREFIX_OF_A_WORD.search(text)) and not PREFIX.match(_bare(text))


def _lost_its_capitals(text: str) -> bool:
    """Return whether a key was lowercased. With 61 random characters, no key lacks capitals by chance."""
    return text == text.lower() and _surplus(text) == 0


def _is_base64(text: str) -> bool:
    try:
        return bool(PREFIX.match(base64.b64decode(text, validate=True).decode("latin-1")))
    except (binascii.Error, ValueError):
        return False


Findings = tuple[tuple[Callable[[str], object], str], ...]

PUBLIC = "This is only the public part of a key. Send the complete key, which was shown once when it was created."
CASE = "The key’s uppercase and lowercase letters were changed. Send it exactly as it was shown."

OF_A_KEY: Findings = (
    (SHOWN.fullmatch, PUBLIC),
    (lambda text: _surplus(text) < 0, f"The key is truncated: it is missing {{count}}. {AGAIN}"),
    (lambda text: _surplus(text) > 0, f"The key is too long by {{count}}. {AGAIN}"),
    (_lost_its_capitals, CASE),
    (lambda text: True, f"The key is mistyped: its checksum doesn’t match, so a character is wrong. {AGAIN}"),
)

OF_ANYTHING_ELSE: Findings = (
    (lambda text: len(text) > FAR_TOO_LONG, f"This isn’t an API key: it is too long by {{count}}. {AGAIN}"),
    (lambda text: not _bare(text), f"The key is empty. {SET}"),
    (
        lambda text: NO_VALUE.fullmatch(_bare(text)),
        f"You sent a word for a missing value, such as None, null or undefined. {SET}",
    ),
    (
        lambda text: re.match(r"\s*b['\"]", text),
        "You sent Python bytes as text, with b and quotation marks. Decode the bytes first.",
    ),
    (
        lambda text: re.match(r"bearer\b", _bare(text), re.IGNORECASE),
        "There is an extra Bearer before the key. The header API-Key takes only the key.",
    ),
    (
        lambda text: PLACEHOLDER.fullmatch(_bare(text)),
        "You sent a placeholder from an example. Replace it with your own key.",
    ),
    (
        lambda text: UNEXPANDED.fullmatch(_bare(text)),
        "You sent a variable’s name instead of its value. Check that your shell or config expands it.",
    ),
    (_has_company, "There is something before the key, such as a name or a scheme. Send only the key."),
    (lambda text: SHOWN.fullmatch(_bare(text)), PUBLIC),
    (lambda text: _bare(text) != text.strip(), "The key has quotation marks around it. Send it without them."),
    (lambda text: text.strip() != text, "The key has white space or a line break around it. Send only the key."),
    (LINE_BREAK.search, f"The key has a line break in it, maybe written as \\n. {AGAIN}"),
    (lambda text: re.search(r"\s", text), f"The key has white space in it. {AGAIN}"),
    (lambda text: re.search(r"%[0-9A-Fa-f]{2}", text), "The key is percent-encoded. Send it as it is."),
    (_is_base64, "The key is base64-encoded. Decode it first: only HTTP Basic sends it encoded."),
    (lambda text: PREFIX.match(text.lower()) and not PREFIX.match(text), CASE),
    (
        OTHER_PRODUCTS.match,
        "This looks like a key for another product. Keys for this API begin with {brand}_live_ or {brand}_test_.",
    ),
    (lambda text: not PREFIX.match(text), "This isn’t an API key. Keys begin with {brand}_live_ or {brand}_test_."),
    (lambda text: True, f"The key has a character that keys never contain. {AGAIN}"),
)
