"""One case measured over and over, in turn with the others, so that the machine's moods meet all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from benchmarks.effort import Effort
from benchmarks.load import CONNECTIONS, Load, drive
from benchmarks.servers import Server

T = TypeVar("T")


@dataclass(frozen=True)
class Measurement:
    """Requests per second, latencies, and CPU time of the server's processes per request."""

    rps: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


class WrongAnswer(Exception):
    """A case refused what it should accept, or the other way round: its figures would mean nothing."""


def under_load(
    server: Server,
    path: str,
    headers: Sequence[str],
    seconds: int,
    *,
    accepted: bool = True,
    connections: int = CONNECTIONS,
) -> Measurement:
    before = server.cpu_seconds()
    load = drive(f"{server.url}{path}", headers, seconds=seconds, connections=connections)
    spent = server.cpu_seconds() - before
    _check(load, path, refusals=0 if accepted else load.requests)
    return Measurement(load.rps, load.p50_ms, load.p99_ms, 1000 * spent / load.requests)


def in_turn(measurements: Mapping[str, Callable[[int], T]], effort: Effort) -> dict[str, list[T]]:
    """All rounds of every measurement, round robin, after a second of each to warm up. Each is told its seconds."""
    for measure in measurements.values():
        measure(1)
    results: dict[str, list[T]] = {name: [] for name in measurements}
    for _ in range(effort.rounds):
        for name, measure in measurements.items():
            results[name].append(measure(effort.seconds))
    return results


def middle(measurements: Sequence[Measurement]) -> Measurement:
    """The median of each figure."""
    return Measurement(
        rps=median(each.rps for each in measurements),
        p50_ms=median(each.p50_ms for each in measurements),
        p99_ms=median(each.p99_ms for each in measurements),
        cpu_ms=median(each.cpu_ms for each in measurements),
    )


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """The median of the ratios of what was measured in the same round."""
    return median(above / below for above, below in zip(numerators, denominators, strict=True))


def _check(load: Load, path: str, *, refusals: int) -> None:
    if load.failed or load.refused != refusals or not load.requests:
        raise WrongAnswer(f"{path}: of {load.requests} requests, {load.refused} refused and {load.failed} unanswered.")
