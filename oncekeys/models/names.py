"""Keys, accounts, people and passkeys share these rules for names. Pages, commands and services all use them."""

import re
import unicodedata

from django.utils.translation import gettext as _

from oncekeys.keys.brand import BrandedPattern
from oncekeys.keys.token import SHOWN

KEY_LENGTH = 64
ACCOUNT_LENGTH = 100
PERSON_LENGTH = 100
LOOKS_LIKE_A_KEY = BrandedPattern(f"{SHOWN}_")

# Control, format (bidi overrides, zero-width), surrogate, private and unassigned: what a reader cannot see.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters, marks and a symbol without ink.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

# ZERO WIDTH NON-JOINER and JOINER shape the letters beside them: from Arabic to Sinhala, in Tibetan and Myanmar, Khmer
# and Mongolian, Balinese, Javanese (Unicode's UAX #31). Elsewhere they only make two names look equal.
SHAPED_SCRIPTS = ((0x0600, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF), (0x1B00, 0x1B7F), (0xA980, 0xA9DF))
_SHAPED = [chr(code) for begin, end in SHAPED_SCRIPTS for code in range(begin, end + 1)]
_LETTERS = "".join(each for each in _SHAPED if unicodedata.category(each)[0] in "LM")
_VIRAMAS = "".join(each for each in _LETTERS if unicodedata.combining(each) == 9)
# A word ends with one too: the Arabic letter heh in Kurdish and in abbreviations, a consonant in Malayalam.
_AT_ITS_END = rf"(?:(?<=\u0647)[\u200c\u200d]|(?<=[{_VIRAMAS}])\u200d)(?![\w\u200c\u200d])"
_IN_A_WORD = (
    rf"(?<=[{_LETTERS}])[\u200c\u200d](?=[{_LETTERS}])|{_AT_ITS_END}|(?<=[\u1820-\u18aa])\u180e(?=[\u1820-\u18aa])"
)
# By blocks, so that a picture younger than this Python's Unicode is one too. A style or a colour of skin may follow it.
_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
# The flags of England, Scotland and Wales are spelt in invisible letters.
_SPELT = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in f"{flag}\x7f") for flag in ("gbeng", "gbsct", "gbwls")
)
MEANT = re.compile(rf"{_IN_A_WORD}|\U0001f3f4(?:{_SPELT})|{_PICTURE}(?:\u200d{_PICTURE})*")

# The joiners, and what chooses between two drawings of one character.
UNSEEN = re.compile("[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class BadName(ValueError):
    """The message is one the page can show."""


class NameIsAKey(BadName):
    """Raised when someone pastes a key where a name belongs. The text must not be shown again."""


def clean(name: str, *, most: int) -> str:
    """The name as it is stored: trimmed, in Unicode's NFC, of `most` characters at most. Raises BadName."""
    name = unicodedata.normalize("NFC", name).strip()
    if not folded(name):
        raise BadName(_("Enter a name."))
    if LOOKS_LIKE_A_KEY.search(name):
        raise NameIsAKey(_("This looks like a key. Enter a name instead, such as that of the application."))
    if len(name) > most:
        raise BadName(
            _("Use at most %(most)d characters; this name has %(length)d.") % {"most": most, "length": len(name)}
        )
    if any(map(_is_invisible, MEANT.sub("", name))):
        raise BadName(_("This name contains invisible characters. Type it again without them."))
    return name


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in INVISIBLE or character in BLANK


def folded(name: str) -> str:
    """The form in which two names are equal that differ only in case, in white space or in what no reader can see."""
    return " ".join(unicodedata.normalize("NFC", UNSEEN.sub("", name)).casefold().split())
