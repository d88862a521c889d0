"""Threads that answer requests, and so must not wait for long. Each kind of request has its own."""

import asyncio
import math
import threading
import time
from collections import deque
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
        self._free = threads
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._executor = ThreadPoolExecutor(threads, "request", initializer=self._mark)
        # When one of them last gave up on the database, in seconds of the monotonic clock.
        self.gave_up_at = -math.inf

    def _mark(self) -> None:
        _this_thread.one_of = self

    async def run(self, answer: Callable[[], Result], *, is_progress: Callable[[Result], bool]) -> Result:
        """`is_progress` says whether an answer shows that others are worth waiting for. Raises Busy."""
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._executor, answer)
        finally:
            self._pass_on()
        if is_progress(result):
            self._moved_at = time.monotonic()
        return result

    async def _turn(self) -> None:
        """Wait to get the thread of a request that is done. A future and a timer cost less than a task."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        look = loop.call_later(self._patience, self._look_at, turn, 1)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and not turn.exception():
                self._pass_on()  # it came in the same moment
            raise
        finally:
            look.cancel()

    def _look_at(self, turn: asyncio.Future[None], times: int) -> None:
        """Give up on a turn that has not come, or look again later."""
        if turn.done():
            return
        if times == MOST_PATIENCE or time.monotonic() - self._moved_at > self._patience:
            turn.set_exception(Busy())
        else:
            asyncio.get_running_loop().call_later(self._patience, self._look_at, turn, times + 1)

    def _pass_on(self) -> None:
        """Give a free thread to the next that waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def around() -> RequestThreads | None:
    """Those that this thread is one of."""
    return getattr(_this_thread, "one_of", None)
