"""Notes how often a key is used, when last, and from where. No response waits for these writes.

The counts are approximate: a process that is killed loses those of its last minute.
"""

import logging
import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from threading import Event, Lock
from typing import Any

from django.db import DataError, IntegrityError, connections

from oncekeys import conf
from oncekeys.models import ApiKey, KeyAddress, KeyUsage, Outcome
from oncekeys.models.transactions import atomic
from oncekeys.models.usage import SHOWN_ADDRESSES, beginning_of_hour
from oncekeys.services.background import Worker, attempt, run_now

logger = logging.getLogger(__name__)

# Each process writes a key at most once a minute, and checks more often which keys are due.
INTERVAL_SECONDS = 60.0
TICK_SECONDS = 10.0
FORGETTING_SECONDS = 3600.0
BUSY_SECONDS = 0.05

# How many keys are written in one transaction.
BATCH = 1000
# How many keys may wait, and how many counts of each, if the database accepts no writes for a long time.
CAPACITY = 100_000
MOST_COUNTS = 24


class Tally:
    """A key's requests since they were last written. Times are by the database's clock."""

    def __init__(self, *, due: float = -math.inf) -> None:
        self.due = due  # by time.monotonic()
        self.calls: Counter[tuple[datetime, Outcome]] = Counter()
        self.seen_at: dict[str, datetime] = {}  # by IP address, the latest last
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.last_address: str | None = None

    def add(self, at: datetime, address: str | None, outcome: Outcome) -> None:
        self.count(beginning_of_hour(at), outcome, 1)
        if outcome == Outcome.ACCEPTED:
            self.first_at = self.first_at or at
            self.last_at, self.last_address = at, address

    def followed_by(self, later: "Tally") -> "Tally":
        """Add the later tally to this one, and return this one."""
        for (hour, outcome), calls in later.calls.items():
            self.count(hour, outcome, calls)
        for address, at in later.seen_at.items():
            self.saw(address, at)
        self.first_at = self.first_at or later.first_at
        if later.last_at is not None:
            self.last_at, self.last_address = later.last_at, later.last_address
        return self

    def count(self, hour: datetime, outcome: Outcome, calls: int) -> None:
        self.calls[hour, outcome] += calls
        if len(self.calls) > MOST_COUNTS:
            del self.calls[next(iter(self.calls))]

    def saw(self, address: str, at: datetime) -> None:
        self.seen_at.pop(address, None)
        self.seen_at[address] = at
        if len(self.seen_at) > SHOWN_ADDRESSES:
            del self.seen_at[next(iter(self.seen_at))]


class Gatherer:
    """Keeps tallies by key until they are written."""

    def __init__(self) -> None:
        self.urgent = Event()  # set when a key is used for the first time, since someone may be waiting to see it
        self._tallies: dict[int, Tally] = {}
        self._changing = Lock()
        self._writing = Lock()

    def note(self, api_key: ApiKey, *, at: datetime, address: str | None, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """Note a request. `at` is by the database's clock."""
        with self._changing:
            tally = self._tallies.get(api_key.pk)
            if tally is None:
                if len(self._tallies) >= CAPACITY:
                    return
                tally = self._tallies[api_key.pk] = Tally()
            if outcome == Outcome.ACCEPTED and api_key.first_used_at is None and tally.first_at is None:
                tally.due = -math.inf
                self.urgent.set()
            tally.add(at, address, outcome)
            if address is not None and (outcome == Outcome.ACCEPTED or api_key.deleted_at is not None):
                tally.saw(address, at)

    def write_due(self, *, now: float) -> None:
        """Write each key that was not written in the last minute. `now` is by `time.monotonic()`."""
        with self._writing:
            due = self._due(now)
            if len(due) >= CAPACITY:
                logger.warning("The use of %d keys waits to be written: that of others is dropped.", len(due))
            for first in range(0, len(due), BATCH):
                self._write(due[first : first + BATCH], now)

    def write_all(self, *, seconds: float) -> None:
        """Let another thread finish writing, then write the rest. Begin no new write after so many seconds."""
        deadline = time.monotonic() + seconds
        if not self._writing.acquire(timeout=seconds):
            return
        try:
            while (due := self._due(math.inf)) and (now := time.monotonic()) < deadline:
                if self._write(due[:BATCH], now):
                    time.sleep(BUSY_SECONDS)
        finally:
            self._writing.release()

    def _due(self, now: float) -> list[int]:
        """Return the keys that are due, those that have waited longest first."""
        with self._changing:
            return [pk for pk, tally in self._tallies.items() if tally.due <= now]

    def _write(self, pks: Sequence[int], now: float) -> set[int]:
        """Write these keys. Return those that another transaction has locked, which are written the next time."""
        tallies = self._take(pks, now)
        unwritten = set(tallies)
        try:
            unwritten = _write(tallies)
        finally:
            with self._changing:
                for pk in unwritten:
                    self._tallies[pk] = tallies[pk].followed_by(self._tallies[pk])
        return unwritten

    def _take(self, pks: Sequence[int], now: float) -> dict[int, Tally]:
        """Take the tallies to write, and leave empty ones in their place that aren't due for a minute."""
        with self._changing:
            taken = {pk: tally for pk in pks if (tally := self._tallies.pop(pk)).calls}
            self._tallies |= {pk: Tally(due=now + INTERVAL_SECONDS) for pk in taken}
            return taken


class Usage(Worker):
    """Writes the use that this process has seen, in its own thread."""

    # Thousands of keys may wait, and all processes of a deployment may stop at the same time.
    seconds_to_finish = 5.0

    def reset(self) -> None:
        super().reset()
        self._gatherer = Gatherer()
        self._forgetting_due = -math.inf

    def note(self, api_key: ApiKey, *, at: datetime, address: str | None, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """Note a request as `Gatherer.note` does."""
        if conf.background_is_now():
            gatherer = Gatherer()
            gatherer.note(api_key, at=at, address=address, outcome=outcome)
            run_now(partial(gatherer.write_all, seconds=self.seconds_to_finish))
            run_now(KeyUsage.objects.outdated().delete)
        else:
            self._gatherer.note(api_key, at=at, address=address, outcome=outcome)
            self.start()

    def finish(self, *, seconds: float) -> None:
        connections.close_all()  # this thread's connection may have been idle for a long time
        self._gatherer.write_all(seconds=seconds)

    def work(self) -> None:
        while True:
            self._gatherer.urgent.wait(timeout=TICK_SECONDS)
            self._gatherer.urgent.clear()
            done = attempt(self._write_due)
            connections.close_all()
            if not done:
                time.sleep(TICK_SECONDS)  # otherwise requests with new keys would make it try again at once

    def _write_due(self) -> None:
        now = time.monotonic()
        self._gatherer.write_due(now=now)
        if self._forgetting_due <= now:
            self._forgetting_due = now + FORGETTING_SECONDS
            KeyUsage.objects.outdated().delete()


def _write(tallies: Mapping[int, Tally]) -> set[int]:
    """Write the tallies. Return the keys that another transaction has locked. Drop only what the database refuses."""
    try:
        return _write_together(tallies) if tallies else set()
    except (DataError, IntegrityError):
        if len(tallies) > 1:
            return {busy for pk, tally in tallies.items() for busy in _write({pk: tally})}
        logger.exception("The use of key %d was dropped.", *tallies)
        return set()


def _write_together(tallies: Mapping[int, Tally]) -> set[int]:
    """Write the tallies in one transaction, except for keys that another transaction has locked. Return those keys.

    Other processes write the same keys, and services change several in one transaction. Nothing here waits for a key,
    and a key's rows are written only after it is locked, so there is no deadlock. A key whose row is gone is left out.
    """
    with atomic():
        locked = ApiKey.objects.locked_unless_busy(tallies)
        busy = ApiKey.objects.among(tallies.keys() - locked)
        written = [(pk, tallies[pk]) for pk in sorted(locked)]
        ApiKey.objects.record_use([_last_use(pk, tally) for pk, tally in written if tally.last_at is not None])
        KeyUsage.objects.add([row for pk, tally in written for row in _counts(pk, tally)])
        KeyAddress.objects.see([row for pk, tally in written for row in _addresses(pk, tally)])
    return busy


def _last_use(pk: int, tally: Tally) -> dict[str, Any]:
    return {
        "id": pk,
        "first_used_at": tally.first_at,
        "last_used_at": tally.last_at,
        "last_used_address": tally.last_address,
    }


def _counts(pk: int, tally: Tally) -> Iterator[dict[str, Any]]:
    for (hour, outcome), calls in tally.calls.items():
        yield {"api_key_id": pk, "hour": hour, "outcome": outcome, "calls": calls}


def _addresses(pk: int, tally: Tally) -> Iterator[dict[str, Any]]:
    for address, at in tally.seen_at.items():
        yield {"api_key_id": pk, "address": address, "last_seen_at": at}


usage = Usage("usage", exit_priority=30)  # before emails and other writes
