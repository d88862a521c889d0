"""Slows down an IP address that sends one wrong key after another.

Only failures are counted and only failures are refused. So a valid key always works, no matter who shares its IP
address, and no one can lock a key. The count is in Django's cache, which all processes share in production.

The cache may be a table of the database. So each process counts a tenth of the limit by itself before it asks the
cache, and once the limit is reached it doesn't ask again in this minute. That way neither garbage from many IP
addresses nor a flood from one costs a write.
"""

import ipaddress
import logging
import math
import time
from functools import lru_cache
from threading import Lock

from django.core.cache import cache

from oncekeys import conf
from oncekeys.services.refusals import Code, Refused, too_many_failures

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# More than someone who knows their password needs.
PASSWORDS_PER_MINUTE = 5
# The part of the limit that a process counts by itself before it asks the cache: a tenth.
OWN_SHARE = 10
COUNTED = {Code.MALFORMED_KEY, Code.INVALID_KEY}


class Breaker:
    """Stops asking a cache that has failed. A silent cache would block a thread for a second at each failure."""

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


class OwnCounts:
    """The counts of this process in this minute, and the sources known to be over the limit."""

    most = 10_000  # sources, to limit the memory; when there are more, all are forgotten

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._over: set[str] = set()

    def count(self, source: str) -> int:
        minute = int(time.monotonic()) // WINDOW_SECONDS
        with self._lock:
            if minute != self._minute or len(self._counts) >= self.most:
                self.forget()
                self._minute = minute
            self._counts[source] = self._counts.get(source, 0) + 1
            return self._counts[source]

    def note_over(self, source: str) -> None:
        self._over.add(source)

    def is_over(self, source: str) -> bool:
        return source in self._over


own_counts = OwnCounts()


def counted(refused: Refused, *, address: str | None) -> Refused:
    """Count the refusal and return it, or `too_many_failures` if its IP address is over the limit."""
    # Unknown IP addresses aren't counted, or one person's guesses would slow down everyone else there.
    if refused.code not in COUNTED or address is None:
        return refused
    is_over = _is_over(_source(address), limit=conf.failures_per_minute())
    return too_many_failures(refused, address=address) if is_over else refused


def too_many_passwords(person_pk: object) -> bool:
    """Return whether this person has typed their password too often in this minute, including this time."""
    return _is_over(f"password:{person_pk}", limit=PASSWORDS_PER_MINUTE)


@lru_cache
def _source(address: str) -> str:
    """Return the source to count: an IPv4 address, or one customer's IPv6 network."""
    parsed = ipaddress.ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _is_over(source: str, *, limit: int) -> bool:
    """Count one more, and return whether this source is over its limit this minute. False while the cache is away."""
    own, shared_from = own_counts.count(source), limit // OWN_SHARE + 1
    if own < shared_from:
        return False
    if own_counts.is_over(source):
        return True
    is_over = _shared_count(source, own if own == shared_from else 1) > limit
    if is_over:
        own_counts.note_over(source)
    return is_over


def _shared_count(source: str, amount: int) -> int:
    """Add to the count of all processes and return it; 0 while the cache is away."""
    if breaker.is_on:
        return 0
    try:
        return _counted(f"oncekeys:failures:{source}", amount)
    except Exception:  # each cache client has its own exceptions
        logger.warning("Failed authentications are not counted for %d s.", breaker.seconds, exc_info=True)
        breaker.begin()
        return 0


def _counted(entry: str, amount: int) -> int:
    if cache.add(entry, amount, WINDOW_SECONDS):
        return amount
    try:
        return int(cache.incr(entry, amount))
    except ValueError:  # it expired in between
        return amount
