"""One case measured over and over, in turn with the others, so that the machine's moods meet all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from benchmarks.effort import Effort
from benchmarks.figures import Figure
from benchmarks.load import CONNECTIONS, Load, drive
from benchmarks.servers import Server

T = TypeVar("T")

# A machine that is busy with other work makes a database late, and a late database is answered with 503.
STRAY = 0.05
# And it may need seconds for Argon2.
LONGEST = 8


@dataclass(frozen=True)
class Measurement:
    """Requests per second, latencies, and CPU time of the servers' processes per request."""

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
    if not load.requests and seconds < LONGEST:
        return under_load(server, path, headers, 2 * seconds, accepted=accepted, connections=connections)
    check(load, path, accepted=accepted)
    return Measurement(load.rps, load.p50_ms, load.p99_ms, 1000 * spent / load.requests)


def check(load: Load, path: str, *, accepted: bool = True) -> None:
    """Raises WrongAnswer."""
    wrong = load.refused if accepted else load.requests - load.refused
    if not load.requests or load.failed + wrong > STRAY * load.requests:
        raise WrongAnswer(f"{path}: of {load.requests} requests, {load.refused} refused and {load.failed} unanswered.")


def in_turn(measurements: Mapping[str, Callable[[int], T]], effort: Effort) -> dict[str, list[T]]:
    """Run all rounds of every measurement, round robin, after a warm-up of each. Each gets its seconds."""
    if effort.warm_up:
        for measure in measurements.values():
            measure(effort.warm_up)
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


def figures(results: Mapping[str, Sequence[Measurement]]) -> list[Figure]:
    """Return what each measurement took, for the record."""
    return [
        Figure(f"{name}: {figure}", getattr(middle(taken), field))
        for name, taken in results.items()
        for figure, field in {"requests/s": "rps", "p99 ms": "p99_ms", "CPU ms": "cpu_ms"}.items()
    ]


def ratio(above: Sequence[Measurement], below: Sequence[Measurement], figure: str = "rps") -> float:
    """The median of the ratios of what was measured in the same round."""
    pairs = zip(above, below, strict=True)
    return median(getattr(one, figure) / getattr(other, figure) for one, other in pairs)
