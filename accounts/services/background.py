"""What no answer waits for: writes and mail, each with one thread per process and a database connection of its own."""

import atexit
import heapq
import logging
import math
import os
import time
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread
from typing import NamedTuple

from django.db import connections

logger = logging.getLogger(__name__)

CAPACITY = 10_000


class Task(NamedTuple):
    due: float  # by time.monotonic()
    number: int  # those due at the same moment run in the order they came
    work: Callable[[], object]


class Background:
    """Runs what it is given, one after the other, later. What fails is logged and forgotten."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers = count()
        self.reset()

    def reset(self) -> None:
        self._tasks: list[Task] = []
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_busy = False  # the thread, with a task it has taken
        self.failures = 0  # of tasks that raised, or said by False that they could not

    def run(self, work: Callable[[], object], *, after: float = 0.0) -> bool:
        """Returns at once; the work begins after so many seconds, or when the process ends.

        False, and a line in the log, where the work had to be dropped.
        """
        try:
            self.start()
            self._add(Task(time.monotonic() + after, next(self._numbers), work))
        except (OverflowError, RuntimeError) as error:  # too much waits, or the machine has no thread left
            logger.warning("Work in the background was dropped: %s", type(error).__name__)
            return False
        return True

    def start(self) -> None:
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._is_busy = False
                thread = Thread(target=self._work_for_ever, name=self._name, daemon=True)
                thread.start()
                self._thread = thread

    def drain(self, *, seconds: float = math.inf, early: bool = True) -> None:
        """Does what waits, in the caller's thread, and begins nothing new after so many seconds.

        `early`: also what is not due yet, but not what that in turn wants done still later.
        """
        begun = time.monotonic()
        last = max((task.due for task in self._tasks), default=begun) if early else begun
        while time.monotonic() < begun + seconds and (task := self._take(until=last)):
            self.failures += not _attempt(task.work)

    def finish(self, *, seconds: float) -> None:
        """Does what waits, and lets the thread end what it is in the middle of. Takes about so long at most."""
        deadline = time.monotonic() + seconds
        self.drain(seconds=seconds)
        with self._changed:
            left = None if deadline == math.inf else max(0.0, deadline - time.monotonic())
            self._changed.wait_for(lambda: not self._is_busy, timeout=left)

    def _add(self, task: Task) -> None:
        with self._changed:
            if len(self._tasks) >= CAPACITY:
                raise OverflowError
            heapq.heappush(self._tasks, task)
            self._changed.notify()

    def _take(self, *, until: float) -> Task | None:
        with self._changed:
            return heapq.heappop(self._tasks) if self._tasks and self._tasks[0].due <= until else None

    def _work_for_ever(self) -> None:
        while True:
            self._wait()
            self.drain(early=False)
            # Idle, perhaps for hours: a connection kept would only go stale.
            connections.close_all()
            self._rest()

    def _wait(self) -> None:
        """Until something is due."""
        with self._changed:
            while not self._tasks or self._tasks[0].due > time.monotonic():
                self._changed.wait(self._tasks[0].due - time.monotonic() if self._tasks else None)
            self._is_busy = True

    def _rest(self) -> None:
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()


def _attempt(work: Callable[[], object]) -> bool:
    try:
        return work() is not False
    except Exception:
        logger.exception("Work in the background failed.")
        return False


writes = Background("writes")
# Apart from them, since a mail server that is silent keeps each mail waiting for EMAIL_TIMEOUT.
mails = Background("mails")

for each in (mails, writes):  # at exit the last comes first: a write may have mail sent
    # A thread does not survive a fork; a process that stops still does what waits.
    os.register_at_fork(after_in_child=each.reset)
    atexit.register(each.finish, seconds=2)
