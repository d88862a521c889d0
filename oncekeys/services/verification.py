"""Decides whether a text is a key that may be used now: the hot path.

    parse → row → seal → state

Every request reads the row, so a deletion takes effect at once in every process, and there is no cache to invalidate.
Argon2id runs only if there is no seal, or if no secret key of this deployment made it.
"""

import logging
import time
from collections.abc import Collection
from datetime import datetime
from functools import partial

from django import db
from django.views.decorators.debug import sensitive_variables

from oncekeys import conf
from oncekeys.host import host
from oncekeys.keys import hashing, seal
from oncekeys.keys.argon2_pool import Busy, checks, pool
from oncekeys.keys.diagnosis import diagnose
from oncekeys.keys.token import Malformed, Token
from oncekeys.lookup.query import Found, find
from oncekeys.models import ApiKey, Environment, Outcome
from oncekeys.services import refusals
from oncekeys.services.background import writes
from oncekeys.services.refusals import Code, Refused, Unavailable
from oncekeys.services.usage import usage

logger = logging.getLogger(__name__)

# Django marks its log lines about responses like this, so a log can limit the lines about a 503.
UNAVAILABLE = {"status_code": 503}

# During a deployment, old processes don't know a new secret key, and run Argon2 for keys that it sealed.
SECONDS_BEFORE_RESEALING = 300
STARTED = time.monotonic()


@sensitive_variables("text")
def verify(
    text: str,
    *,
    environment: Environment | None = None,
    scopes: Collection[str] = (),
    address: str | None = None,
) -> ApiKey:
    """Return the key, with its account and API user loaded, if it may be used now. `address` is the IP address.

    Raises Refused, or Unavailable if it can't be decided.
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
    """Return the key, whether or not it may be used now, and the database's time. Doesn't count as use.

    Raises Refused, or Unavailable if it can't be decided.
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
        reason = type(error).__name__
        logger.error("The database did not answer for %s: %s", token.masked, reason, extra=UNAVAILABLE)
        raise Unavailable from error
    if found is None:
        raise Refused(Code.INVALID_KEY)
    return found


def _prove(token: Token, api_key: ApiKey) -> None:
    """Check that the whole key is the right one. Raises Refused, or Unavailable if it can't be decided."""
    secret_hash, sealed = api_key.secret_hash, bytes(api_key.seal or b"")
    if secret_hash is None:
        raise Refused(Code.INVALID_KEY, counted_as=Outcome.DELETED)
    fits = seal.fits(token, sealed, conf.secret_keys())
    if not (_matches(token, secret_hash) if fits is None else fits):
        raise Refused(Code.INVALID_KEY)
    renew = partial(_renew, token, api_key.pk, secret_hash, sealed)
    if fits is None:
        logger.warning("No secret key of this process made the seal of %s, so it is sealed again", token.masked)
        writes.run(renew)
    elif _is_outdated(secret_hash, sealed):
        writes.offer(renew)


def _matches(token: Token, secret_hash: str) -> bool:
    try:
        return checks.try_run((token, secret_hash), partial(hashing.matches, token, secret_hash))
    except Busy:
        logger.warning("No capacity to hash for %s", token.masked, extra=UNAVAILABLE)
        raise Unavailable from None


def _is_outdated(secret_hash: str, sealed: bytes) -> bool:
    """Return whether a new key would get another hash by today's settings, or another seal."""
    if hashing.is_outdated(secret_hash, conf.argon2_cost()):
        return True
    if seal.is_made_by(conf.secret_keys()[0], sealed):
        return False
    return conf.background_is_now() or time.monotonic() - STARTED > SECONDS_BEFORE_RESEALING


def _renew(token: Token, pk: int, secret_hash: str, sealed: bytes) -> None:
    """Store the hash and seal that a new key would get, unless the row changed: it may be deleted or renewed by now."""
    row = ApiKey.objects.filter(pk=pk, secret_hash=secret_hash, seal=sealed or None)
    if hashing.is_outdated(secret_hash, conf.argon2_cost()):
        secret_hash = pool.run(("rehash", token), partial(hashing.make, token, conf.argon2_cost()))
    row.update(secret_hash=secret_hash, seal=seal.make(token, conf.secret_keys()[0]))


def _check_state(
    api_key: ApiKey,
    *,
    at: datetime,
    environment: Environment | None,
    scopes: Collection[str],
    address: str | None,
) -> None:
    """Check whether the key may be used now. Raises Refused. Only for callers with the right secret."""
    if api_key.paused_at is not None:
        # Count an expired one as expired: resuming it wouldn't help.
        raise refusals.paused(api_key.paused_at, counted_as=Outcome.EXPIRED if api_key.is_expired(at=at) else None)
    if api_key.expires_at is not None and api_key.is_expired(at=at):
        raise refusals.expired(api_key.expires_at)
    if not (api_key.account.is_enabled and getattr(host.user_of(api_key.account), "is_active", True)):
        raise Refused(Code.INVALID_KEY, counted_as=Outcome.ACCOUNT_DISABLED)
    for required in (environment, conf.environment()):
        if required not in {None, api_key.environment}:
            raise refusals.wrong_environment(api_key, required)
    if not api_key.allows_address(address):
        raise refusals.address_not_allowed(address)
    if not api_key.allows(scopes):
        raise refusals.lacks_scopes(api_key, scopes)
