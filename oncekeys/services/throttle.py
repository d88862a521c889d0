"""Slows down an address that sends one wrong key after another.

Only failures are counted and only failures are refused, so a valid key always works, no matter who shares its address,
and no one can lock a key. The count lives in Django's cache: in production one that all processes share.

A cache may be a table of the database. So a process counts a tenth of the limit by itself before it asks, and once the
limit is reached it doesn't ask again in this minute: neither garbage from many addresses nor a flood from one costs a
write.
"""

import ipaddress
import logging
import math
import time
from threading import Lock

from django.core.cache import cache

from oncekeys import conf
from oncekeys.services.refusals import Code, Refused, too_many_failures

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# More than anyone needs who knows theirs.
PASSWORDS_PER_MINUTE = 5
# What a process counts by itself before it asks the cache: one of so many parts of the limit.
OWN_SHARE = 10
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


class OwnCounts:
    """Counts of this process in this minute, and the sources known to be over the limit."""

    most = 10_000  # sources, so that memory is bounded; beyond them it forgets all

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
    """The same refusal, or `too_many_failures` once the address has had its share of them."""
    # Unknown addresses aren't counted: one person's guesses would slow down everyone else there.
    if refused.code not in COUNTED or address is None:
        return refused
    is_over = _is_over(_source(address), limit=conf.failures_per_minute())
    return too_many_failures(refused, address=address) if is_over else refused


def too_many_passwords(person_pk: object) -> bool:
    """Return whether this person has typed their password too often in this minute, including this time."""
    return _is_over(f"password:{person_pk}", limit=PASSWORDS_PER_MINUTE)


def _source(address: str) -> str:
    """Return the source to count: an IPv4 address, or one customer's IPv6 network."""
    parsed = ipaddress.ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _is_over(source: str, *, limit: int) -> bool:
    """Return whether this source is beyond the limit of this minute. It is not while the cache is away."""
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
    except Exception:  # in whichever way the cache's client says it
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
