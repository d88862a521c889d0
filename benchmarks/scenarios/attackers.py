"""Measures a wrong key's cost, and honest traffic beside a flood of wrong keys."""

from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks import measure, servers
from benchmarks.argon2_tally import Tally
from benchmarks.figures import Figure
from benchmarks.load import Driver, drive
from benchmarks.servers import Server
from benchmarks.workplace import Workplace
from oncekeys.keys.token import Token

TITLE = "Wrong keys"

PEER = "djangorestframework-api-key"
HONEST = 4
FLOODING = 16


@dataclass(frozen=True)
class Flood:
    """Requests per second: honest ones without the flood, honest ones in it, forged ones refused in it."""

    before: float
    kept: float
    refused: float


def run(workplace: Workplace) -> list[Figure]:
    tally = Tally(workplace.directory / "argon2-in-flood")
    with servers.running(workplace.thousand.url, **tally.variables) as server:
        return [*_costs(server, workplace), *_floods(server, workplace, tally)]


def _costs(server: Server, workplace: Workplace) -> list[Figure]:
    """CPU of the server's processes."""
    credentials, forged = workplace.thousand.credentials, workplace.thousand.forged
    asked = {
        "right key": ("/plain", [credentials["oncekeys"]]),
        "garbage": ("/plain", ["API-Key: garbage"]),
        "unknown key ID": ("/plain", [f"API-Key: {Token.mint('live').reveal()}"]),
        "wrong secret": ("/plain", forged["oncekeys"]),
        f"{PEER}, wrong secret": ("/drf_api_key", forged["drf_api_key"]),
    }
    results = measure.in_turn(
        {
            name: partial(measure.under_load, server, path, headers, accepted=name == "right key")
            for name, (path, headers) in asked.items()
        },
        workplace.effort,
    )
    wrong, right = results["wrong secret"], results["right key"]
    return [
        *(Figure(f"{name}: CPU ms", measure.middle(taken).cpu_ms) for name, taken in results.items()),
        Figure("wrong/right", measure.ratio(wrong, right, "cpu_ms"), at_most=1.1),
    ]


def _floods(server: Server, workplace: Workplace, tally: Tally) -> list[Figure]:
    """Wrong secrets for a hundred key IDs that exist, on sixteen connections, and four of honest traffic."""
    before = tally.runs
    floods = measure.in_turn(
        {
            "oncekeys": partial(_flood, server, workplace, "/plain", "oncekeys"),
            PEER: partial(_flood, server, workplace, "/drf_api_key", "drf_api_key"),
        },
        workplace.effort.at_most(3),
    )
    pairs = zip(floods["oncekeys"], floods[PEER], strict=True)
    return [
        *(figure for name, taken in floods.items() for figure in _figures(name, taken)),
        Figure("flood/peer", median(ours.kept / theirs.kept for ours, theirs in pairs), at_least=2.5),
        Figure("runs of Argon2 in the flood", tally.runs - before, at_most=0),
    ]


def _flood(server: Server, workplace: Workplace, path: str, product: str, seconds: int) -> Flood:
    url, database = f"{server.url}{path}", workplace.thousand
    honest = [database.credentials[product]]
    before = drive(url, honest, seconds=seconds, connections=HONEST)
    flood = Driver(url, database.forged[product], seconds=seconds, connections=FLOODING)
    kept = drive(url, honest, seconds=seconds, connections=HONEST)
    forged = flood.result()
    measure.check(kept, path)
    measure.check(forged, path, accepted=False)
    return Flood(before.rps, kept.rps, forged.rps)


def _figures(name: str, floods: list[Flood]) -> list[Figure]:
    middle = sorted(floods, key=lambda flood: flood.kept)[len(floods) // 2]
    return [
        Figure(f"{name}: honest requests/s without a flood", middle.before),
        Figure(f"{name}: honest requests/s in the flood", middle.kept),
        Figure(f"{name}: forged and refused/s", middle.refused),
    ]
