"""Two thousand keys that no process has seen yet, as after a deployment, and four connections with a known key.

Then the same where `SECRET_KEY` was lost, so that Argon2 has to run once for each key.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import measure, servers
from benchmarks.argon2_tally import Tally
from benchmarks.figures import Figure
from benchmarks.load import Driver, drive
from benchmarks.workplace import Workplace
from dev import machine

TITLE = "Cold start with 2,000 keys"

HASHED = 100  # of the fresh keys, those that Argon2 knows too
KNOWN = 4
NEW = 32
# None of the seals was made under it.
LOST = {"SECRET_KEY": "a secret key of the site that knows no seal, for benchmarks only"}


@dataclass(frozen=True)
class Start:
    """`share` is what a known key kept of its fair share of the answers; `growth_mib` is of the larger worker."""

    share: float
    p99_ms: float
    new_rps: float
    refused: float
    argon2_runs: int
    growth_mib: float


def run(workplace: Workplace) -> list[Figure]:
    restarts = range(workplace.effort.at_most(3).rounds)
    starts = [_start(workplace, f"start-{number}", workplace.thousand.fresh) for number in restarts]
    lost = _start(workplace, "lost", workplace.thousand.fresh[:HASHED], **LOST)
    worst = min(starts, key=lambda start: start.share)
    return [
        Figure("cold/known_share", worst.share, at_least=0.5),
        Figure("cold/argon2_runs", max(start.argon2_runs for start in starts), at_most=0),
        Figure("cold/growth_mib", max(start.growth_mib for start in starts), at_most=10),
        Figure("a known key meanwhile: p99 ms", worst.p99_ms),
        Figure("new keys: requests/s", worst.new_rps),
        Figure("SECRET_KEY lost, 100 keys: share of a known key", lost.share),
        Figure("SECRET_KEY lost, 100 keys: p99 ms of a known key", lost.p99_ms),
        Figure("SECRET_KEY lost, 100 keys: share of 503 among new keys", lost.refused),
        Figure("SECRET_KEY lost, 100 keys: runs of Argon2", lost.argon2_runs),
        Figure("SECRET_KEY lost, 100 keys: growth of a worker, MiB", lost.growth_mib),
    ]


def _start(workplace: Workplace, name: str, new: Sequence[str], **variables: str) -> Start:
    tally, known = Tally(workplace.directory / name), workplace.thousand.headers
    with servers.running(workplace.thousand.url, **tally.variables, **variables) as server:
        url, seconds = f"{server.url}/plain", 2
        memory, runs = _steady(server, url, known), tally.runs
        beside = Driver(url, new, seconds=seconds, connections=NEW)
        kept = drive(url, known, seconds=seconds, connections=KNOWN)
        cold = beside.result()
        measure.check(kept, name)
        grown = _memory(server)
        return Start(
            share=kept.rps / (kept.rps + cold.rps) * (KNOWN + NEW) / KNOWN,
            p99_ms=kept.p99_ms,
            new_rps=cold.rps,
            refused=cold.refused / cold.requests,
            argon2_runs=tally.runs - runs,
            growth_mib=max(after - before for before, after in zip(memory, grown, strict=True)),
        )


def _steady(server: servers.Server, url: str, known: Sequence[str]) -> list[float]:
    """Return the memory of the workers once none grows any longer. One may start to answer later than the other."""
    before, now = [-math.inf], _memory(server)
    while max(after - earlier for after, earlier in zip(now, before, strict=False)) > 1:
        drive(url, known, seconds=1, connections=KNOWN + NEW)
        before, now = now, _memory(server)
    return now


def _memory(server: servers.Server) -> list[float]:
    """In MiB, by worker."""
    return [machine.resident_mib(worker) for worker in server.workers]
