"""Tells whose key it is that somebody found: in a repository, a log, a chat."""

import re

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.keys.token import PATTERN, Token
from accounts.models import Account, ApiKey
from accounts.services import failures, verification
from accounts.services.refusals import Code, Refused

# Whole or not; two that run into each other are two.
LOOKS_LIKE_A_KEY = re.compile(r"ok_(?:live|test)_(?:(?!ok_(?:live|test)_)\w)+", re.ASCII)


class SeveralKeys(Exception):
    """There is more than one in the text. The message is one the page can show."""

    def __init__(self) -> None:
        super().__init__(_("There is more than one key in this text. Paste one at a time."))


@sensitive_variables("text", "found")
def find(text: str, *, account: Account, address: str | None) -> ApiKey | None:
    """The account's key that the text holds, usable or not. None: it holds one, and it is none of this account.

    A deleted key is known by its id alone, for its hash was wiped. `address` is where the request came from: one that
    sends one wrong key after another is slowed down as by every other door, and a key of another account is a wrong
    one. It does not count as use. Raises SeveralKeys, Refused, and Unavailable where it could not be decided.
    """
    found = _only_key_in(text)
    try:
        return _identify(found, account)
    except Refused as refused:
        reason = failures.counted(refused, address=address)
    if reason.code == Code.INVALID_KEY:
        return _deleted(found, account)
    raise reason


@sensitive_variables()
def _only_key_in(text: str) -> str:
    """What else stands there is left out. Without anything that looks like a key, all of it."""
    found = {match[0] for match in LOOKS_LIKE_A_KEY.finditer(text)}
    # Beside a whole key, a truncated one is a remark about it.
    found = {key for key in found if PATTERN.fullmatch(key)} or found
    if len(found) > 1:
        raise SeveralKeys
    return found.pop() if found else text.strip()


@sensitive_variables("text")
def _identify(text: str, account: Account) -> ApiKey:
    api_key = verification.identify(text).api_key
    if api_key.account_id != account.pk:
        raise Refused(Code.INVALID_KEY)
    return api_key


@sensitive_variables("text")
def _deleted(text: str, account: Account) -> ApiKey | None:
    deleted = account.api_keys.filter(key_id=Token(text).key_id, deleted_at__isnull=False).first()
    return deleted if deleted and text.startswith(f"{deleted.public_id}_") else None
