"""What no answer waits for, done by a thread of the process."""

import sys
import threading
from threading import Event

import pytest

from accounts.services.background import Background
from tests.soon import soon


def test_a_process_that_ends_lets_go_what_is_on_its_way():
    begun, may_end, ended = Event(), Event(), Event()
    slow = Background("slow")

    def work() -> None:
        begun.set()
        may_end.wait(timeout=10)
        ended.set()

    slow.run(work)
    assert begun.wait(timeout=10)
    may_end.set()
    slow.finish(seconds=10)

    assert ended.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_replaced():
    mortal, done = Background("mortal"), Event()
    mortal.run(sys.exit)
    soon(lambda: all(thread.name != "mortal" for thread in threading.enumerate()))

    mortal.run(done.set)

    assert done.wait(timeout=30)
