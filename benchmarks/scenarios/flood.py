"""Wrong secrets for a hundred known key ids on sixteen connections, and four of honest traffic beside them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import measure, servers
from benchmarks.figures import Figure
from benchmarks.load import Driver, drive
from benchmarks.servers import Server
from benchmarks.workplace import Workplace

TITLE = "A flood of wrong secrets"

HONEST = 4
FLOODING = 16


@dataclass(frozen=True)
class Flood:
    """Requests per second: honest ones without the flood, honest ones in it, forged ones refused in it."""

    before: float
    kept: float
    refused: float


def run(workplace: Workplace) -> list[Figure]:
    tally = workplace.directory / "argon2-runs"
    tally.touch()
    with servers.production(workplace.thousand.url, ARGON2_TALLY=str(tally)) as server:
        measurements = {
            "oncekeys": partial(_flood, server, workplace, "/plain", "oncekeys"),
            "djangorestframework-api-key": partial(_flood, server, workplace, "/drf_api_key", "drf_api_key"),
        }
        results = measure.in_turn(measurements, workplace.effort.at_most(3))
        runs = _runs_of_argon2(server, workplace, tally)
    ours, theirs = results["oncekeys"], results["djangorestframework-api-key"]
    return [
        *(figure for name, floods in results.items() for figure in _figures(name, floods)),
        Figure("kept / djangorestframework-api-key", _ratio_of_kept(ours, theirs), "×", at_least=1.5),
        Figure("runs of Argon2 for forgeries", runs, "", at_most=0),
    ]


def _flood(server: Server, workplace: Workplace, path: str, product: str, seconds: int) -> Flood:
    url = f"{server.url}{path}"
    honest = [workplace.thousand.credentials[product]]
    before = drive(url, honest, seconds=seconds, connections=HONEST)
    flood = Driver(url, workplace.thousand.forged[product], seconds=seconds, connections=FLOODING)
    kept = drive(url, honest, seconds=seconds, connections=HONEST)
    forged = flood.result()
    if kept.refused or kept.failed or forged.refused != forged.requests:
        raise measure.WrongAnswer(f"{path}: an honest request was refused in the flood, or a forged one was not.")
    return Flood(before.rps, kept.rps, forged.rps)


def _runs_of_argon2(server: Server, workplace: Workplace, tally: Path) -> int:
    """By a flood and nothing else."""
    before = tally.stat().st_size
    drive(f"{server.url}/plain", workplace.thousand.forged["oncekeys"], seconds=workplace.effort.seconds)
    return tally.stat().st_size - before


def _figures(name: str, floods: list[Flood]) -> list[Figure]:
    middle = sorted(floods, key=lambda flood: flood.kept)[len(floods) // 2]
    return [
        Figure(f"{name}: honest without the flood", middle.before, "requests/s"),
        Figure(f"{name}: honest in the flood", middle.kept, "requests/s"),
        Figure(f"{name}: honest kept", middle.kept / middle.before, "×"),
        Figure(f"{name}: forged refused", middle.refused, "requests/s"),
    ]


def _ratio_of_kept(ours: list[Flood], theirs: list[Flood]) -> float:
    return measure.ratio([flood.kept for flood in ours], [flood.kept for flood in theirs])
