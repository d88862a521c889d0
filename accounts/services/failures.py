"""Slows down an address that sends one wrong key after another.

Only failures are counted and only failures are turned away, so a valid key always works, whoever shares its address,
and nobody can lock a key. The count lives in Django's cache: in production one that all processes share.
"""

import ipaddress
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
    too_many = _count(_source(address)) > conf.failures_per_minute()
    return Refused(Code.TOO_MANY_FAILURES) if too_many else refused


def _source(address: str | None) -> str:
    """Who is counted together: an IPv4 address, an IPv6 network of one customer, and all whom nobody can tell apart."""
    if address is None:
        return "unknown"
    parsed = ipaddress.ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _count(source: str) -> int:
    key = f"oncekeys:failures:{source}"
    try:
        return 1 if cache.add(key, 1, WINDOW_SECONDS) else int(cache.incr(key))
    except Exception:
        # A cache that is away, in whichever way its client says so, or an entry that expired just now.
        logger.warning("A failed authentication could not be counted.", exc_info=True)
        return 0
