"""Threads that answer requests, and so must not wait for long. Each kind of request has its own."""

import asyncio
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

_this_thread = threading.local()


class Busy(Exception):
    """No thread became free in time."""


class RequestThreads:
    """So many at most. `patience` is how many seconds a request waits for one."""

    def __init__(self, threads: int, *, patience: float) -> None:
        self._patience = patience
        self._free = asyncio.Semaphore(threads)
        self._executor = ThreadPoolExecutor(threads, "request", initializer=self._mark)
        # When one of them last gave up on the database, in seconds of the monotonic clock.
        self.gave_up_at = -math.inf

    def _mark(self) -> None:
        _this_thread.one_of = self

    async def run(self, answer: Callable[[], Result]) -> Result:
        """Raises Busy."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, answer)
        finally:
            self._free.release()


def around() -> RequestThreads | None:
    """Those that this thread is one of."""
    return getattr(_this_thread, "one_of", None)
