"""Asks a service such as Pwned Passwords whether a password is known from a breach, without telling it which.

The service gets the first five characters of the SHA-1, and answers with the rest of all it knows that begin so.
"""

import hashlib
import logging
from http.client import HTTPException
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 2
PREFIX_LENGTH = 5
# With padding, an answer is some 60 kB.
LARGEST_ANSWER = 1_000_000


class BreachedPasswordValidator:
    """While the service is away, every password passes, and a line in the log says so."""

    def validate(self, password: str, user: User | None = None) -> None:
        if _is_breached(password):
            raise ValidationError(
                _("This password has appeared in a data breach. Choose another."), code="password_breached"
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be one that has appeared in a data breach.")


def _is_breached(password: str) -> bool:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    prefix, rest = digest[:PREFIX_LENGTH], digest[PREFIX_LENGTH:]
    try:
        known = _known(prefix)
    except (OSError, HTTPException, ValueError) as error:
        logger.warning("Passwords aren't checked against breaches: %s", type(error).__name__)
        return False
    # Those that were made up for padding are in there 0 times.
    return any(line.startswith(f"{rest}:") and line.strip() != f"{rest}:0" for line in known)


def _known(prefix: str) -> list[str]:
    # The setting is checked to be http or https.
    request = Request(f"{settings.BREACHED_PASSWORDS_URL}/{prefix}", headers={"Add-Padding": "true"})  # noqa: S310
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        text: str = answer.read(LARGEST_ANSWER).decode("ascii")
    return text.splitlines()
