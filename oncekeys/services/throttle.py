"""Slows down an address that sends one wrong key after another.

Only failures are counted and only failures are turned away, so a valid key always works, whoever shares its address,
and nobody can lock a key. The count lives in Django's cache: in production one that all processes share.
"""

import ipaddress
import logging
import math
import time

from django.core.cache import cache

from oncekeys import conf
from oncekeys.services.refusals import Code, Refused, too_many_failures

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# More than anyone needs who knows theirs.
PASSWORDS_PER_MINUTE = 5
COUNTED = {Code.MALFORMED_KEY, Code.INVALID_KEY}


class Breaker:
    """Leaves a cache alone that has failed: one that is silent would cost each failure a second of a thread."""

    seconds = 10

    def __init__(self) -> None:
        self.end()

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        self._until = time.monotonic() + self.seconds

    def end(self) -> None:
        self._until = -math.inf


breaker = Breaker()


def counted(refused: Refused, *, address: str | None) -> Refused:
    """The same refusal, or `too_many_failures` once the address has had its share of them."""
    if refused.code not in COUNTED:
        return refused
    # Nobody is counted where the address is unknown: one who guesses would slow down everyone else there.
    if address is None or _count(_source(address)) <= conf.failures_per_minute():
        return refused
    return too_many_failures(refused, address=address)


def too_many_passwords(person_pk: object) -> bool:
    """Whether this person has typed their password too often in this minute, this time included."""
    return _count(f"password:{person_pk}") > PASSWORDS_PER_MINUTE


def _source(address: str) -> str:
    """Who is counted together: an IPv4 address, or an IPv6 network of one customer."""
    parsed = ipaddress.ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _count(source: str) -> int:
    """How many of this minute, this one included; 0 while the cache is away."""
    if breaker.is_on:
        return 0
    try:
        return _counted(f"oncekeys:failures:{source}")
    except Exception:  # in whichever way the cache's client says it
        logger.warning("Failed authentications are not counted for %d s.", breaker.seconds, exc_info=True)
        breaker.begin()
        return 0


def _counted(entry: str) -> int:
    if cache.add(entry, 1, WINDOW_SECONDS):
        return 1
    try:
        return int(cache.incr(entry))
    except ValueError:  # it expired in between
        return 1
