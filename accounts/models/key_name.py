"""What a key may be called. The rule is here alone: pages, commands and services all come to it."""

import re
import unicodedata

from django.utils.translation import gettext as _

MAX_LENGTH = 64
# Control, format (bidi overrides, zero-width), surrogate, private and unassigned: what a reader cannot see.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
LOOKS_LIKE_A_KEY = re.compile(r"ok_(live|test)_[0-9A-Za-z]{12}_", re.ASCII)


class BadName(ValueError):
    """The message is one the page can show."""


class NameIsAKey(BadName):
    """Somebody pasted a key where its name belongs. The text must not be shown again."""


def clean(name: str) -> str:
    """The name as it is stored: trimmed and in Unicode's NFC. Raises BadName."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise BadName(_("Give the key a name, so that you recognise it later."))
    if LOOKS_LIKE_A_KEY.search(name):
        raise NameIsAKey(_("This looks like a key. Enter the name of the application that will use it."))
    if len(name) > MAX_LENGTH:
        raise BadName(
            _("Use at most %(most)d characters; this name has %(length)d.") % {"most": MAX_LENGTH, "length": len(name)}
        )
    if any(unicodedata.category(character) in INVISIBLE for character in name):
        raise BadName(_("This name contains characters that cannot be seen. Type it again without them."))
    return name


def folded(name: str) -> str:
    """The form in which two names that differ only in case are equal."""
    return name.casefold()
