"""Threads that answer requests, and so must not wait for long. Each kind of request has its own."""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

_this_thread = threading.local()


# Under load alone, a request waits so many times its patience.
MOST_PATIENCE = 10


class Busy(Exception):
    """No thread became free in time."""


class RequestThreads:
    """A limited number of threads. A request waits for one until none has made progress for `patience` seconds."""

    def __init__(self, threads: int, *, patience: float) -> None:
        self._patience = patience
        self._moved_at = -math.inf
        self._free = asyncio.Semaphore(threads)
        self._executor = ThreadPoolExecutor(threads, "request", initializer=self._mark)
        # When one of them last gave up on the database, in seconds of the monotonic clock.
        self.gave_up_at = -math.inf

    def _mark(self) -> None:
        _this_thread.one_of = self

    async def run(self, answer: Callable[[], Result], *, is_progress: Callable[[Result], bool]) -> Result:
        """`is_progress` says whether an answer shows that others are worth waiting for. Raises Busy."""
        await self._take_one()
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._executor, answer)
        finally:
            self._free.release()
        if is_progress(result):
            self._moved_at = time.monotonic()
        return result

    async def _take_one(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        turn = asyncio.ensure_future(self._free.acquire())
        for _ in range(MOST_PATIENCE):
            await asyncio.wait({turn}, timeout=self._patience)
            if turn.done():
                return
            if time.monotonic() - self._moved_at > self._patience:
                break
        turn.cancel()
        raise Busy


def around() -> RequestThreads | None:
    """Those that this thread is one of."""
    return getattr(_this_thread, "one_of", None)
