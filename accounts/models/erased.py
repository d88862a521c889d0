"""An erased person keeps an email address that no one can have, and a name that people read instead."""

from django.utils.translation import gettext as _

# No mail is ever delivered there: RFC 2606.
SUFFIX = "@erased.invalid"
FORMER_MEMBER = "former-member-"
# For someone who was invited and never had a user.
STRANGER = f"erased-person{SUFFIX}"


def address(user_id: int) -> str:
    """The email of a user that was erased."""
    return f"{FORMER_MEMBER}{user_id}{SUFFIX}"


def shown(email: str) -> str:
    """The email itself, or such as “Former member 7”."""
    if email == STRANGER:
        return _("Erased person")
    if email.startswith(FORMER_MEMBER) and email.endswith(SUFFIX):
        return _("Former member %(number)s") % {"number": email.removeprefix(FORMER_MEMBER).removesuffix(SUFFIX)}
    return email
