"""Runs Argon2id in a few threads of a process, so that a burst of new keys can't use up the memory.

Two threads make hashes, for which people wait. Two more check them, and give way to all others, so a burst of keys
without a seal can't use up the processors either.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

# At most as many requests wait for it: half of the four threads that `config.gateway` and `lookup_threads` have.
THREADS = 2
PATIENCE_SECONDS = 2.0
NICENESS = 10

Result = TypeVar("Result")


class Busy(TimeoutError):
    """Raised when there was no capacity to hash in time. The work continues, so that the next try finds it done."""


class ThreadsExhausted(Exception):
    """The machine has no thread left to give."""


class SingleFlightPool:
    """Does the same work only once for all callers that ask for it at the same time."""

    def __init__(self, threads: int, *, gives_way: bool = False) -> None:
        self._threads = threads
        self._begin = give_way if gives_way else None
        self.reset()

    def reset(self) -> None:
        self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="argon2", initializer=self._begin)
        self._flights: dict[object, Future[Any]] = {}
        self._lock = Lock()
        self._places = BoundedSemaphore(self._threads)

    def run(self, key: object, work: Callable[[], Result], *, patience: float = PATIENCE_SECONDS) -> Result:
        """Return the result of `work`, shared by all callers with an equal `key`. `patience` is in seconds.

        Raises Busy.
        """
        try:
            with self._lock:
                flight: Future[Result] = self._flights.get(key) or self._launch(key, work)
            return flight.result(timeout=patience)
        except (FutureTimeoutError, MemoryError, ThreadsExhausted):
            raise Busy from None

    def try_run(self, key: object, work: Callable[[], Result]) -> Result:
        """Do the same for a request with a key. Raises Busy at once if as many callers wait as there are threads."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            return self.run(key, work)
        finally:
            self._places.release()

    def _launch(self, key: object, work: Callable[[], Result]) -> Future[Result]:
        try:
            flight = self._executor.submit(work)
        except RuntimeError as error:
            raise ThreadsExhausted from error
        self._flights[key] = flight
        flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return flight


def give_way() -> None:
    """Lower this thread's priority. On Linux it is the thread's own; elsewhere it would be the process's."""
    if sys.platform == "linux":
        os.nice(NICENESS)


pool = SingleFlightPool(THREADS)
checks = SingleFlightPool(THREADS, gives_way=True)

# Threads don't survive a fork.
os.register_at_fork(after_in_child=pool.reset)
os.register_at_fork(after_in_child=checks.reset)
