"""Sentences that libraries say only in English in some language of ours, or in words that aren't ours.

Standing here, it is translated with the rest, and that translation is the one people read.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

PASSWORD_TOO_SHORT = ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
)
PASSWORD_LENGTH = ngettext_lazy(
    "Your password must contain at least %(min_length)d character.",
    "Your password must contain at least %(min_length)d characters.",
)
SIGN_IN = (
    _("Too many failed login attempts. Try again later."),
    _("Forgot your password?"),
    _("Use authenticator app or code"),
    _("Use your password"),
)
FORMS = (
    _("Enter a valid email address."),
    _("Please type your current password."),
    _("You must type the same password each time."),
    _("Your password can’t be too similar to your other personal information."),
    _("The password is too similar to the %(verbose_name)s."),
    _("Your password can’t be a commonly used password."),
    _("This password is too common."),
)
