"""Says what is wrong with a text that should have been a key, from the text alone and without repeating any of it."""

import re
from collections.abc import Callable

from oncekeys.keys import brand
from oncekeys.keys.brand import BrandedPattern
from oncekeys.keys.token import length

PREFIX = BrandedPattern("{brand}_(live|test)_", flags=0)
OTHER_PRODUCTS = re.compile(r"(sk|pk|rk)_(live|test)_|gh[pousr]_|github_pat_|xox[abprs]-|AKIA|AIza|eyJ|sk-")
UNEXPANDED = BrandedPattern(
    r"\$\{?\w+\}?|%\w+%|\{\{[^}]*\}\}|<[^>]*>|(?!{brand}_)\w*API_?KEY\w*", re.ASCII | re.IGNORECASE
)
QUOTES = "\"'`“”‘’«»"

AGAIN = "Copy the whole key again from where you keep it."


def diagnose(text: str) -> str:
    """One or two sentences for the developer who sent it: the first finding that fits."""
    sentence = next(sentence for fits, sentence in FINDINGS if fits(text))
    return sentence.format(count=_characters(_surplus(text)), brand=brand.current())


def _surplus(text: str) -> int:
    """How many characters it has more than a key; less, if negative."""
    first = text.partition("_")[0]
    return len(text) - length(first if first in brand.known() else "")


def _bare(text: str) -> str:
    return text.strip().strip(QUOTES).strip()


def _characters(surplus: int) -> str:
    return "1 character" if abs(surplus) == 1 else f"{abs(surplus)} characters"


# Nothing as long as this is looked at closely: the patterns below must not become somebody's lever.
FAR_TOO_LONG = 200

FINDINGS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda text: len(text) > FAR_TOO_LONG, f"This is not an API key: it is too long by {{count}}. {AGAIN}"),
    (
        lambda text: UNEXPANDED.fullmatch(_bare(text)),
        "You sent a variable’s name instead of its value. Check that your shell or config expands it.",
    ),
    (lambda text: _bare(text) != text.strip(), "The key has quotation marks around it. Send it without them."),
    (lambda text: text.strip() != text, "The key has white space around it. Send it without."),
    (lambda text: re.search(r"\s", text), f"The key has white space in it, perhaps from a line break. {AGAIN}"),
    (lambda text: re.search(r"%[0-9A-Fa-f]{2}", text), "The key is percent-encoded. Send it as it is."),
    (
        OTHER_PRODUCTS.match,
        "This looks like a key of another product. Keys of this one begin with {brand}_live_ or {brand}_test_.",
    ),
    (lambda text: not PREFIX.match(text), "This is not an API key. Keys begin with {brand}_live_ or {brand}_test_."),
    (lambda text: re.search(r"\W", text, re.ASCII), f"The key has a character in it that no key has. {AGAIN}"),
    (lambda text: _surplus(text) < 0, f"The key is truncated: it lacks {{count}}. {AGAIN}"),
    (lambda text: _surplus(text) > 0, f"The key is too long by {{count}}. {AGAIN}"),
    (lambda text: True, f"The key is mistyped: its checksum does not match, so a character is wrong. {AGAIN}"),
)
