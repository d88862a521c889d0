"""Decides whether a text is a key that may be used now: the hot path.

    parse → row → gate → Argon2id or verified cache → state

Each step is cheaper than the one after it, and turns away what it can. The row is read on every request: that is
what makes a deletion immediate in every process, with nothing to invalidate.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django import db
from django.views.decorators.debug import sensitive_variables

from oncekeys import conf
from oncekeys.host import host
from oncekeys.keys import hashing
from oncekeys.keys.argon2_pool import Busy, pool
from oncekeys.keys.diagnosis import diagnose
from oncekeys.keys.token import Malformed, Token
from oncekeys.keys.verified_cache import verified
from oncekeys.lookup.query import Found, find
from oncekeys.models import ApiKey, Environment, Outcome
from oncekeys.services.background import writes
from oncekeys.services.refusals import Code, Refused, Unavailable
from oncekeys.services.usage import usage

logger = logging.getLogger(__name__)


@sensitive_variables("text")
def verify(
    text: str,
    *,
    environment: Environment | None = None,
    scopes: Iterable[str] = (),
    address: str | None = None,
) -> ApiKey:
    """The key, with its account and API user loaded, if it may be used now. `address` is where the request came from.

    Raises Refused, or Unavailable where it could not be decided.
    """
    token = _parse(text)
    api_key, now = _row(token)
    try:
        _prove(token, api_key)
        _check_state(api_key, at=now, environment=environment, scopes=scopes, address=address)
    except Refused as refused:
        usage.note(api_key, at=now, address=address, outcome=refused.outcome)
        raise
    usage.note(api_key, at=now, address=address)
    return api_key


@sensitive_variables("text")
def identify(text: str) -> Found:
    """Whose key it is, whether or not it may be used now, and the database's clock. It does not count as use.

    Raises Refused, or Unavailable where it could not be decided.
    """
    token = _parse(text)
    found = _row(token)
    _prove(token, found.api_key)
    return found


@sensitive_variables("text")
def _parse(text: str) -> Token:
    try:
        return Token(text)
    except Malformed:
        raise Refused(Code.MALFORMED_KEY, diagnose(text)) from None


def _row(token: Token) -> Found:
    try:
        found = find(token.key_id)
    except db.Error as error:
        logger.error("The database did not answer for %s: %s", token.masked, type(error).__name__)
        raise Unavailable from error
    if found is None:
        raise Refused(Code.INVALID_KEY)
    return found


def _prove(token: Token, api_key: ApiKey) -> None:
    """The whole key is the right one."""
    secret_hash, gate = api_key.secret_hash, api_key.gate
    if secret_hash is None or gate is None:
        raise Refused(Code.INVALID_KEY, counted_as=Outcome.DELETED)
    if not hashing.passes_gate(token, bytes(gate)):
        raise Refused(Code.INVALID_KEY)
    if verified.knows(token, secret_hash):
        return
    try:
        right = pool.run((token, secret_hash), partial(_verify_slowly, token, secret_hash))
    except Busy:
        logger.warning("No capacity to hash in time for %s", token.masked)
        raise Unavailable from None
    if not right:
        raise Refused(Code.INVALID_KEY)
    if hashing.is_outdated(secret_hash, conf.argon2_cost()):
        writes.run(partial(_rehash, token, api_key.pk, secret_hash))


def _verify_slowly(token: Token, secret_hash: str) -> bool:
    right = hashing.matches(token, secret_hash)
    if right:
        verified.remember(token, secret_hash)
    return right


def _rehash(token: Token, pk: int, outdated: str) -> None:
    # Conditional: the key may have been deleted, or hashed again by another process.
    secret_hash = pool.run(("rehash", token), partial(hashing.make, token, conf.argon2_cost()))
    ApiKey.objects.filter(pk=pk, secret_hash=outdated).update(secret_hash=secret_hash)


def _check_state(
    api_key: ApiKey,
    *,
    at: datetime,
    environment: Environment | None,
    scopes: Iterable[str],
    address: str | None,
) -> None:
    """Only for callers with the right secret."""
    if api_key.paused_at is not None:
        # Count an expired one as expired: resuming it wouldn't help.
        raise Refused(Code.PAUSED_KEY, counted_as=Outcome.EXPIRED if api_key.is_expired(at=at) else None)
    if api_key.is_expired(at=at):
        raise Refused(Code.EXPIRED_KEY)
    if not (api_key.account.is_enabled and host.user_of(api_key.account).is_active):
        raise Refused(Code.INVALID_KEY, counted_as=Outcome.ACCOUNT_DISABLED)
    if not {environment, conf.environment()} <= {None, api_key.environment}:
        raise Refused(Code.WRONG_ENVIRONMENT)
    if not api_key.allows_address(address):
        raise Refused(Code.ADDRESS_NOT_ALLOWED)
    if not api_key.allows(scopes):
        raise Refused(Code.INSUFFICIENT_SCOPE)
