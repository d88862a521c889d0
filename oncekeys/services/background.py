"""Does work that no response waits for: writes, in one thread per process with its own database connection.

With `ONCEKEYS_BACKGROUND = "now"` there are no threads: the work is done as soon as the caller's transaction commits.
"""

import logging
import os
from collections.abc import Callable
from functools import partial
from queue import Full, Queue
from threading import Lock, Thread

from django.conf import settings
from django.db import connections
from django.urls import set_script_prefix

from oncekeys import compat, conf
from oncekeys.models.transactions import on_commit

logger = logging.getLogger(__name__)

CAPACITY = 10_000

Work = Callable[[], object]


class Worker:
    """A thread in each process that has work for it. When the process ends, the waiting work is finished first."""

    seconds_to_finish = 2.0

    def __init__(self, name: str, *, exit_priority: int) -> None:
        self._name = name
        self._exit_priority = exit_priority
        self.reset()
        os.register_at_fork(after_in_child=self.reset)

    def reset(self) -> None:
        """Forget the thread and its work in a process that was just forked, since both belong to the parent."""
        self._starting = Lock()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread unless it runs. If the machine has no thread left, log that; a later start may find one."""
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                return
            thread = Thread(target=self.work, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                logger.warning("The thread for %s did not start: %s", self._name, error)
                return
            self._thread = thread
        finish = partial(self.finish, seconds=self.seconds_to_finish)
        compat.at_exit(partial(attempt, finish), priority=self._exit_priority)

    def work(self) -> None:
        """Run the thread's loop. Never returns."""
        raise NotImplementedError

    def finish(self, *, seconds: float) -> None:
        """Do the waiting work, or wait until it is done, for at most so many seconds."""
        raise NotImplementedError


class Background(Worker):
    """Does the work that it is given later, in order. A failure is logged, and the work isn't tried again."""

    def reset(self) -> None:
        super().reset()
        self._waiting: Queue[Work] = Queue(CAPACITY)

    def run(self, work: Work) -> None:
        """Queue the work and return at once. If too much is waiting, drop the work and log that."""
        if conf.background_is_now():
            run_now(work)
            return
        try:
            self._waiting.put_nowait(work)
        except Full:
            logger.warning("Too much waits for %s: work was dropped", self._name)
        self.start()

    def offer(self, work: Work) -> None:
        """Queue the work unless other work is waiting. Use it for work that comes up again if it isn't done now."""
        if conf.background_is_now() or self._waiting.empty():
            self.run(work)

    def finish(self, *, seconds: float | None) -> None:
        with self._waiting.all_tasks_done:
            self._waiting.all_tasks_done.wait_for(lambda: not self._waiting.unfinished_tasks, timeout=seconds)

    def work(self) -> None:
        set_script_prefix(settings.FORCE_SCRIPT_NAME or "/")  # of this thread, for links in emails
        while True:
            work = self._waiting.get()
            try:
                attempt(work)
                if self._waiting.empty():
                    # The thread may be idle for hours, and a connection would only go stale.
                    connections.close_all()
            finally:
                self._waiting.task_done()


def run_now(work: Work) -> None:
    """Do the work at once, or when the caller's transaction commits. A failure is logged."""
    on_commit(partial(attempt, work))


def attempt(work: Work) -> bool:
    """Do the work and return whether it succeeded. An exception is logged."""
    try:
        work()
    except Exception:
        logger.exception("Work in the background failed.")
        return False
    return True


writes = Background("writes", exit_priority=20)
