"""Finds out which key someone has found in a repository, a log or a chat."""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from oncekeys.keys.brand import BrandedPattern
from oncekeys.keys.token import KEY_ID_LENGTH, PATTERN, PUBLIC_ID, Token
from oncekeys.models import Account, ApiKey
from oncekeys.services import throttle, verification
from oncekeys.services.refusals import Code, Refused

# Complete or not. Two keys without a space in between count as two.
LOOKS_LIKE_A_KEY = BrandedPattern(r"{brand}_(?:live|test)_(?:(?!{brand}_(?:live|test)_)\w)+")
WORD_LIKE_AN_ID = re.compile(rf"\b[0-9A-Za-z]{{{KEY_ID_LENGTH}}}\b", re.ASCII)


class SeveralKeys(Exception):
    """The text has more than one key. The message is one the page can show."""

    def __init__(self) -> None:
        super().__init__(_("There is more than one key in this text. Paste one at a time."))


class Found(NamedTuple):
    """The account's key, if the text holds one, and whether the text held only its ID, which is public."""

    api_key: ApiKey | None
    only_id: bool


@sensitive_variables("text")
def look_up(text: str, *, account: Account, address: str | None) -> Found:
    """Find by a whole key, as `find` does, or by a key ID alone, which proves nothing and doesn't count as a failure.

    Raises what `find` raises.
    """
    only_id, api_key = _by_id(_only_key_in(text), account)
    return Found(api_key if only_id else find(text, account=account, address=address), only_id)


@sensitive_variables("text")
def _by_id(text: str, account: Account) -> tuple[bool, ApiKey | None]:
    """Return whether the text is only a key ID, and the account's key with that ID, deleted or not."""
    if shown := PUBLIC_ID.fullmatch(text):
        api_key = account.api_keys.filter(key_id=shown[2]).first()
        return True, api_key if api_key and shown[0].startswith(api_key.public_id) else None
    # Without its prefix, a key ID looks like any other word, so only existing ones count.
    named = account.api_keys.filter(key_id__in=set(WORD_LIKE_AN_ID.findall(text)))[:2]
    return len(named) == 1, named[0] if len(named) == 1 else None


@sensitive_variables("text", "found")
def find(text: str, *, account: Account, address: str | None) -> ApiKey | None:
    """Return the account's key in the text, whether or not it works. Return None if this account has no such key.

    A deleted key is recognized only by its ID, because its hash was wiped. `address` is the request's IP address. If it
    sends one wrong key after another, it is slowed down as at every door, and a key of another account counts as wrong.
    This doesn't count as use. Raises SeveralKeys, Refused, or Unavailable if it can't be decided.
    """
    found = _only_key_in(text)
    try:
        return _identify(found, account)
    except Refused as refused:
        reason = throttle.counted(refused, address=address)
    if reason.code == Code.INVALID_KEY:
        return _deleted(found, account)
    raise reason


@sensitive_variables()
def _only_key_in(text: str) -> str:
    """Return the only key in the text, without what surrounds it, or the whole text if nothing looks like a key."""
    # Masking leaves the ID of a key and an underscore.
    found = {match[0].removesuffix("_") for match in LOOKS_LIKE_A_KEY.finditer(text)}
    # If the text also has a whole key, a truncated one only refers to it.
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
