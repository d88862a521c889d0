"""Slows down an address that sends one wrong key after another.

Only failures are counted and only failures are turned away, so a valid key always works, whoever shares its address,
and nobody can lock a key. The count lives in Django's cache: in production one that all processes share.
"""

import logging

from django.core.cache import cache

from accounts import conf
from accounts.services.refusals import Code, Refused

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
COUNTED = {Code.MALFORMED_KEY, Code.INVALID_KEY}


def counted(refused: Refused, *, address: str | None) -> Refused:
    """The same refusal, or `too_many_failures` once the address has had its share of them."""
    if refused.code not in COUNTED:
        return refused
    # Those whose address nobody can tell share one count: not being known must not be a way around it.
    too_many = _count(address or "unknown") > conf.failures_per_minute()
    return Refused(Code.TOO_MANY_FAILURES) if too_many else refused


def _count(address: str) -> int:
    key = f"oncekeys:failures:{address}"
    try:
        return 1 if cache.add(key, 1, WINDOW_SECONDS) else int(cache.incr(key))
    except Exception:
        # A cache that is away, in whichever way its client says so, or an entry that expired just now.
        logger.warning("A failed authentication could not be counted.", exc_info=True)
        return 0
