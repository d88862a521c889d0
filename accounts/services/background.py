"""Writes that no answer waits for: one thread per process, with a database connection of its own."""

import atexit
import logging
import math
import os
import time
from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Lock, Thread

from django.db import connections

logger = logging.getLogger(__name__)

CAPACITY = 10_000


class Background:
    """Runs what it is given, one after the other, later. What fails is logged and forgotten."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._queue: Queue[Callable[[], object]] = Queue(CAPACITY)
        self._thread: Thread | None = None
        self._lock = Lock()

    def run(self, work: Callable[[], object]) -> bool:
        """Returns at once. False, and a line in the log, where the work had to be dropped."""
        try:
            self.start()
            self._queue.put_nowait(work)
        except (Full, RuntimeError) as error:  # too much waits, or the machine has no thread left
            logger.warning("A write in the background was dropped: %s", type(error).__name__)
            return False
        return True

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = Thread(target=self._work_for_ever, name="background", daemon=True)
                thread.start()
                self._thread = thread

    def drain(self, *, seconds: float = math.inf) -> None:
        """Does all that waits, in the caller's thread, and begins nothing new after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                work = self._queue.get_nowait()
            except Empty:
                return
            _attempt(work)

    def _work_for_ever(self) -> None:
        while True:
            _attempt(self._queue.get())
            if self._queue.empty():
                # Idle, perhaps for hours: a connection kept would only go stale.
                connections.close_all()


def _attempt(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        logger.exception("A write in the background failed.")


background = Background()

# A thread does not survive a fork; a process that stops still writes what waits.
os.register_at_fork(after_in_child=background.reset)
atexit.register(background.drain, seconds=2)
