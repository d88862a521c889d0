"""The bound on concurrent hashing."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock

import pytest

from oncekeys.keys.argon2_pool import Busy, SingleFlightPool


@pytest.fixture
def pool() -> SingleFlightPool:
    return SingleFlightPool(threads=2)


def test_it_gives_back_what_the_work_returns(pool):
    assert pool.run("key", lambda: 42) == 42


def test_it_runs_as_many_at_once_as_it_has_threads(pool):
    both_run = Barrier(2)
    running, most, lock = [], [], Lock()

    def work():
        with lock:
            running.append(1)
            most.append(len(running))
        both_run.wait(timeout=5)
        with lock:
            running.pop()

    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda key: pool.run(key, work), range(8)))

    assert max(most) == 2


@pytest.mark.parametrize("asked", [True, False])
def test_its_threads_give_way_if_asked_where_threads_have_a_priority(asked):
    pool = SingleFlightPool(threads=1, gives_way=asked)

    gives_way = pool.run("key", lambda: os.nice(0)) > os.nice(0)

    assert gives_way is (asked and sys.platform == "linux")


def test_those_who_ask_for_the_same_share_one_computation(pool):
    started, release, runs = Event(), Event(), []

    def work():
        runs.append(1)
        started.set()
        release.wait(timeout=5)
        return "yes"

    with ThreadPoolExecutor(1) as first:
        answer = first.submit(pool.run, "key", work)
        started.wait(timeout=5)
        for _ in range(3):
            with pytest.raises(Busy):
                pool.run("key", work, patience=0.01)
        release.set()

        assert answer.result(timeout=5) == "yes"
    assert len(runs) == 1


def test_waiting_too_long_is_refused_and_the_work_goes_on(pool):
    release, done = Event(), Event()

    def work():
        release.wait(timeout=5)
        done.set()

    with pytest.raises(Busy):
        pool.run("key", work, patience=0.01)
    release.set()

    assert done.wait(timeout=5)


def test_where_enough_wait_already_a_request_is_refused_at_once(pool):
    both_run, release = Barrier(3), Event()

    def work():
        both_run.wait(timeout=5)
        return release.wait(timeout=5)

    with ThreadPoolExecutor(2) as callers:
        answers = [callers.submit(pool.try_run, key, work) for key in ("one", "two")]
        both_run.wait(timeout=5)
        for key in ("one", "three"):
            with pytest.raises(Busy):
                pool.try_run(key, work)
        assert not any(answer.done() for answer in answers)
        release.set()

        assert all(answer.result(timeout=5) for answer in answers)
    assert pool.try_run("three", lambda: "its turn")


def test_without_memory_there_is_no_capacity(pool):
    def work():
        raise MemoryError

    with pytest.raises(Busy):
        pool.run("key", work)


def test_a_failure_reaches_the_caller_and_is_not_remembered(pool):
    with pytest.raises(ZeroDivisionError):
        pool.run("key", lambda: 1 // 0)

    assert pool.run("key", lambda: "fine") == "fine"
