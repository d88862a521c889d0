"""Thirty-two keys at once after a lost `SECRET_KEY`, in one process: the memory of Argon2, and what stays of it."""

from benchmarks import burst, servers
from benchmarks.figures import Figure
from benchmarks.workplace import Workplace
from dev import machine

TITLE = "32 keys at once after a lost SECRET_KEY, in one process"

KEYS = 32
FIRST = 500
# None of the seals was made under it.
LOST = "a secret key of the site that knows no seal, for benchmarks only"


def run(workplace: Workplace) -> list[Figure]:
    return [
        *_figures(workplace, servers.THREADS, FIRST, limit=80),
        *_figures(workplace, KEYS, FIRST + KEYS, limit=None),
    ]


def _figures(workplace: Workplace, threads: int, first: int, *, limit: float | None) -> list[Figure]:
    """With the threads of production, or with one for each request, which also opens a connection for each."""
    headers = [f"API-Key: {key}" for key in workplace.thousand.fresh[first : first + KEYS]]
    with servers.production(workplace.thousand.url, workers=1, threads=threads, SECRET_KEY=LOST) as server:
        (worker,) = server.workers
        burst.send(f"{server.url}/plain", [workplace.thousand.credentials["oncekeys"]])
        before = machine.resident_mib(worker)
        burst.send(f"{server.url}/plain", headers)
        return [
            Figure(f"{threads} threads: before", before, "MiB"),
            Figure(f"{threads} threads: at most, during", machine.peak_mib(worker) - before, "MiB more", at_most=limit),
            Figure(f"{threads} threads: after", machine.resident_mib(worker) - before, "MiB more"),
        ]
