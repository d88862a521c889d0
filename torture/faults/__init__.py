"""The parts under a deployment break, while keys are used and people make more of them."""

from collections.abc import Iterator

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
    yield from under_load(place)
    yield failover(place)
    yield commit_that_fails(place)
    yield commit_that_is_cut(place)
    yield killed_workers(place)
    yield full_disk(place)
    yield from neighbours(place)
    yield clock(place)
