"""What keys and accounts may be called. The rule is here alone: pages, commands and services all come to it."""

import re
import unicodedata

from django.utils.translation import gettext as _

from accounts.keys.token import PUBLIC_ID

KEY_LENGTH = 64
ACCOUNT_LENGTH = 100
PERSON_LENGTH = 100
# Control, format (bidi overrides, zero-width), surrogate, private and unassigned: what a reader cannot see.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
LOOKS_LIKE_A_KEY = re.compile(rf"{PUBLIC_ID.pattern}_", re.ASCII)


class BadName(ValueError):
    """The message is one the page can show."""


class NameIsAKey(BadName):
    """Somebody pasted a key where a name belongs. The text must not be shown again."""


def clean(name: str, *, most: int) -> str:
    """The name as it is stored: trimmed, in Unicode's NFC, of `most` characters at most. Raises BadName."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise BadName(_("Enter a name."))
    if LOOKS_LIKE_A_KEY.search(name):
        raise NameIsAKey(_("This looks like a key. Enter a name instead, such as that of the application."))
    if len(name) > most:
        raise BadName(
            _("Use at most %(most)d characters; this name has %(length)d.") % {"most": most, "length": len(name)}
        )
    if any(unicodedata.category(character) in INVISIBLE for character in name):
        raise BadName(_("This name contains characters that cannot be seen. Type it again without them."))
    return name


def folded(name: str) -> str:
    """The form in which two names that differ only in case are equal."""
    return unicodedata.normalize("NFC", name).casefold()
