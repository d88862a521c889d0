"""The parts under a deployment break, while keys are used and people make more of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from torture.faults.clocks import clock
from torture.faults.commits import commit_that_fails, commit_that_is_cut
from torture.faults.disk import full_disk
from torture.faults.failover import failover
from torture.faults.neighbours import neighbours
from torture.faults.outages import under_load
from torture.faults.workers import killed_workers
from torture.place import Place
from torture.rows import Row


def run(place: Place) -> Iterator[Row]:
    """Two at a time, each with a PostgreSQL of its own to break: for most of the time they wait."""
    with place.elsewhere() as another, ThreadPoolExecutor(1) as aside:
        others = aside.submit(lambda: list(_others(another)))
        yield from under_load(place)
        yield clock(place)
        yield full_disk(place)
        yield from others.result()


def _others(place: Place) -> Iterator[Row]:
    yield failover(place)
    yield commit_that_fails(place)
    yield commit_that_is_cut(place)
    yield killed_workers(place)
    yield from neighbours(place)
