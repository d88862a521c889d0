"""Writes that no answer waits for: one thread per process, with a database connection of its own."""

import atexit
import logging
import os
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

    def run(self, work: Callable[[], object]) -> None:
        """Returns at once. With the queue full, the work is dropped, and the log says so."""
        try:
            self._queue.put_nowait(work)
        except Full:
            logger.warning("Too much is waiting to be written; a write was dropped.")
        else:
            self.start()

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work_for_ever, name="background", daemon=True)
                self._thread.start()

    def drain(self) -> None:
        """Does all that waits, in the caller's thread."""
        while True:
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
atexit.register(background.drain)
