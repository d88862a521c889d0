"""Notes how often a key is used, when last and from where: gathered here, written later, and never in an answer's way.

The counts are approximate: a process that is killed takes those of its last minute with it.
"""

import atexit
import logging
import os
import time
from collections import Counter
from datetime import datetime
from functools import partial
from threading import Lock

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import ApiKey, KeyAddress, KeyUsage, Outcome
from accounts.models.figures import beginning_of_hour
from accounts.models.usage import SHOWN_ADDRESSES
from accounts.services.background import writes

logger = logging.getLogger(__name__)

# A key is written at most once a minute by each process; who is due is looked for more often.
INTERVAL_SECONDS = 60.0
SWEEP_SECONDS = 10.0


class Tally:
    """What a key's calls were since it was last written. Moments are by the database's clock."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[datetime, Outcome]] = Counter()
        self.seen_at: dict[str, datetime] = {}  # by address, the latest last
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.last_address: str | None = None

    def add(self, at: datetime, address: str | None, outcome: Outcome) -> None:
        self.calls[beginning_of_hour(at), outcome] += 1
        if outcome == Outcome.ACCEPTED:
            self.first_at = self.first_at or at
            self.last_at, self.last_address = at, address

    def followed_by(self, later: "Tally") -> "Tally":
        """Both, as one."""
        self.calls.update(later.calls)
        for address, at in later.seen_at.items():
            self.saw(address, at)
        self.first_at = self.first_at or later.first_at
        if later.last_at is not None:
            self.last_at, self.last_address = later.last_at, later.last_address
        return self

    def saw(self, address: str, at: datetime) -> None:
        self.seen_at.pop(address, None)
        self.seen_at[address] = at
        if len(self.seen_at) > SHOWN_ADDRESSES:
            del self.seen_at[next(iter(self.seen_at))]


class Gatherer:
    """The tallies of this process."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets what was gathered."""
        self._lock = Lock()
        self._tallies: dict[int, Tally] = {}
        self._written_at: dict[int, float] = {}  # in the last minute, by time.monotonic()
        self._hurried: dict[int, float] = {}  # those whose first use was not left waiting, likewise
        self._sweeps = False

    def note(self, api_key: ApiKey, *, at: datetime, address: str | None, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """`at` is the database's clock."""
        with self._lock:
            tally = self._tallies.get(api_key.pk)
            if tally is None:
                tally = self._tallies[api_key.pk] = Tally()
            tally.add(at, address, outcome)
            if address is not None and (outcome == Outcome.ACCEPTED or api_key.deleted_at is not None):
                tally.saw(address, at)
            if outcome == Outcome.ACCEPTED and api_key.first_used_at is None:
                # Somebody may be looking at the page, waiting for exactly this.
                self._hurry(api_key.pk)
            self._sweeps = self._sweeps or writes.run(self.sweep, after=SWEEP_SECONDS)

    def sweep(self) -> None:
        """Writes the tallies that are due, and comes again as long as there may be others."""
        try:
            for pk in self._due(time.monotonic()):
                self.write(pk)
        finally:
            with self._lock:
                self._sweeps = bool(self._tallies) and writes.run(self.sweep, after=SWEEP_SECONDS)

    def write(self, pk: int) -> None:
        with self._lock:
            tally = self._tallies.pop(pk, None)
            self._written_at[pk] = time.monotonic()
        if tally is not None:
            try:
                _write(pk, tally)
            except IntegrityError:
                # Its row is gone, and with it whoever would read this: trying again would only keep others waiting.
                logger.warning("The use of a key was dropped: there is no key %d any more", pk)
            except Exception:
                self._put_back(pk, tally)
                raise

    def write_all(self, *, seconds: float) -> None:
        """Begins nothing new after so many seconds."""
        deadline = time.monotonic() + seconds
        for pk in list(self._tallies):
            if time.monotonic() < deadline:
                self.write(pk)

    def _hurry(self, pk: int) -> None:
        """Refused calls that were written just now do not make a first use wait."""
        if pk not in self._hurried and writes.run(partial(self.write, pk)):
            self._hurried[pk] = time.monotonic()

    def _put_back(self, pk: int, tally: Tally) -> None:
        """What could not be written is written with the next."""
        with self._lock:
            self._tallies[pk] = tally.followed_by(self._tallies[pk]) if pk in self._tallies else tally

    def _due(self, now: float) -> list[int]:
        with self._lock:
            self._written_at = _in_the_last_minute(self._written_at, now)
            self._hurried = _in_the_last_minute(self._hurried, now)
            return [pk for pk in self._tallies if pk not in self._written_at]


def _in_the_last_minute(moments: dict[int, float], now: float) -> dict[int, float]:
    return {pk: at for pk, at in moments.items() if now - at < INTERVAL_SECONDS}


def _write(pk: int, tally: Tally) -> None:
    with transaction.atomic():
        if tally.last_at is not None:
            _write_last_used(pk, tally)
        for (hour, outcome), calls in sorted(tally.calls.items()):
            _add_calls(pk, hour, outcome, calls)
        if tally.seen_at:
            _write_addresses(pk, tally)


def _write_last_used(pk: int, tally: Tally) -> None:
    # Another process may have written a later moment meanwhile.
    later = Q(last_used_at__isnull=True) | Q(last_used_at__lte=tally.last_at)
    ApiKey.objects.filter(later, pk=pk).update(
        first_used_at=Coalesce("first_used_at", tally.first_at),
        last_used_at=tally.last_at,
        last_used_address=tally.last_address,
    )


def _add_calls(pk: int, hour: datetime, outcome: Outcome, calls: int) -> None:
    row, is_new = KeyUsage.objects.get_or_create(api_key_id=pk, hour=hour, outcome=outcome, defaults={"calls": calls})
    if is_new:
        # Once an hour is often enough to forget what is too old.
        KeyUsage.objects.outdated(at=hour).delete()
    else:
        KeyUsage.objects.filter(pk=row.pk).update(calls=F("calls") + calls)


def _write_addresses(pk: int, tally: Tally) -> None:
    for address, at in sorted(tally.seen_at.items()):
        KeyAddress.objects.update_or_create(api_key_id=pk, address=address, defaults={"last_seen_at": at})
    seen = KeyAddress.objects.filter(api_key=pk)
    kept = list(seen.latest_first().values_list("pk", flat=True))
    seen.exclude(pk__in=kept).delete()


usage = Gatherer()

# What waited in a process that forks is written by that process; one that stops still writes what it has.
os.register_at_fork(after_in_child=usage.reset)
atexit.register(usage.write_all, seconds=2)
