"""Notes how often a key is used, when last and from where: gathered here, written later, and never in an answer's way.

The counts are approximate: a process that is killed takes those of its last minute with it.
"""

import logging
import math
import time
from collections import Counter
from datetime import datetime
from functools import partial
from threading import Event, Lock

from django.db import IntegrityError, connections, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from oncekeys import conf
from oncekeys.models import ApiKey, KeyAddress, KeyUsage, Outcome
from oncekeys.models.usage import SHOWN_ADDRESSES, beginning_of_hour
from oncekeys.services.background import Worker, attempt, run_now

logger = logging.getLogger(__name__)

# A key is written at most once a minute by each process; which are due is looked at more often.
INTERVAL_SECONDS = 60.0
TICK_SECONDS = 10.0


class Tally:
    """What a key's calls were since it was last written. Moments are by the database's clock."""

    def __init__(self, *, due: float = -math.inf) -> None:
        self.due = due  # by time.monotonic()
        self.calls: Counter[tuple[datetime, Outcome]] = Counter()
        self.seen_at: dict[str, datetime] = {}  # by address, the latest last
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.last_address: str | None = None
        self.is_urgent = False

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
    """Tallies by key, until they are written."""

    def __init__(self) -> None:
        self.urgent = Event()  # set when a key was used for the first time: someone may be waiting to see it
        self._tallies: dict[int, Tally] = {}
        self._changing = Lock()
        self._writing = Lock()

    def note(self, api_key: ApiKey, *, at: datetime, address: str | None, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """`at` is the database's clock."""
        with self._changing:
            tally = self._tallies.setdefault(api_key.pk, Tally())
            tally.add(at, address, outcome)
            if address is not None and (outcome == Outcome.ACCEPTED or api_key.deleted_at is not None):
                tally.saw(address, at)
            if outcome == Outcome.ACCEPTED and api_key.first_used_at is None and not tally.is_urgent:
                tally.is_urgent, tally.due = True, -math.inf
                self.urgent.set()

    def write_due(self, *, now: float) -> None:
        """Write each key that was not written in the last minute by this clock, which is `time.monotonic()`."""
        with self._changing:
            due = [pk for pk, tally in self._tallies.items() if tally.due <= now]
        with self._writing:
            for pk in due:
                self._write(pk, now)

    def write_all(self, *, seconds: float) -> None:
        """Let another thread end its writing, then write the rest. Begins nothing new after so many seconds."""
        deadline = time.monotonic() + seconds
        if not self._writing.acquire(timeout=seconds):
            return
        try:
            for pk in list(self._tallies):
                if (now := time.monotonic()) < deadline:
                    self._write(pk, now)
        finally:
            self._writing.release()

    def _write(self, pk: int, now: float) -> None:
        if (tally := self._take(pk, now)) is None:
            return
        try:
            _write(pk, tally)
        except IntegrityError:
            # Its row is gone, so nobody will read this: trying again would only keep others waiting.
            logger.warning("The use of key %d was dropped, because its row no longer exists", pk)
        except Exception:
            with self._changing:  # it is written with the next
                self._tallies[pk] = tally.followed_by(self._tallies[pk])
            raise

    def _take(self, pk: int, now: float) -> Tally | None:
        """Leave an empty tally for a minute, so that the next is written no earlier."""
        with self._changing:
            tally = self._tallies.pop(pk, None)
            if tally is None or not tally.calls:
                return None
            self._tallies[pk] = Tally(due=now + INTERVAL_SECONDS)
            return tally


class Usage(Worker):
    """The use that this process has seen, written by a thread of its own."""

    def reset(self) -> None:
        super().reset()
        self._gatherer = Gatherer()

    def note(self, api_key: ApiKey, *, at: datetime, address: str | None, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """As `Gatherer.note`."""
        if conf.background_is_now():
            gatherer = Gatherer()
            gatherer.note(api_key, at=at, address=address, outcome=outcome)
            run_now(partial(gatherer.write_due, now=time.monotonic()))
        else:
            self._gatherer.note(api_key, at=at, address=address, outcome=outcome)
            self.start()

    def finish(self, *, seconds: float) -> None:
        self._gatherer.write_all(seconds=seconds)

    def work(self) -> None:
        while True:
            self._gatherer.urgent.wait(timeout=TICK_SECONDS)
            self._gatherer.urgent.clear()
            attempt(partial(self._gatherer.write_due, now=time.monotonic()))
            connections.close_all()


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


usage = Usage("usage", exit_priority=30)  # before mail and other writes
