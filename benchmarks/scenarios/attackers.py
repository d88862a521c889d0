"""What a request costs that does not have a right key."""

from functools import partial

from benchmarks import measure, servers
from benchmarks.figures import Figure
from benchmarks.measure import Measurement
from benchmarks.workplace import Workplace
from oncekeys.keys.token import Token

TITLE = "An attacker's request: CPU of the server's processes"


def run(workplace: Workplace) -> list[Figure]:
    with servers.production(workplace.thousand.url) as server:
        measurements = {
            name: partial(
                measure.under_load,
                server,
                path,
                headers,
                accepted=name.endswith("right key"),
            )
            for name, (path, headers) in _requests(workplace).items()
        }
        results = measure.in_turn(measurements, workplace.effort)
    ours, theirs = results["wrong secret"], results["djangorestframework-api-key, wrong secret"]
    return [
        *(Figure(name, measure.middle(taken).cpu_ms, "ms") for name, taken in results.items()),
        Figure("wrong secret / right key", _ratio(ours, results["right key"]), "×", at_most=1.2),
        Figure("wrong secret / djangorestframework-api-key, wrong secret", _ratio(ours, theirs), "×", at_most=0.5),
    ]


def _requests(workplace: Workplace) -> dict[str, tuple[str, list[str]]]:
    credentials, forged = workplace.thousand.credentials, workplace.thousand.forged
    return {
        "right key": ("/plain", [credentials["oncekeys"]]),
        "garbage": ("/plain", ["API-Key: garbage"]),
        "unknown key id": ("/plain", [f"API-Key: {Token.mint('live').reveal()}"]),
        "wrong secret": ("/plain", list(forged["oncekeys"])),
        "djangorestframework-api-key, right key": ("/drf_api_key", [credentials["drf_api_key"]]),
        "djangorestframework-api-key, wrong secret": ("/drf_api_key", list(forged["drf_api_key"])),
    }


def _ratio(above: list[Measurement], below: list[Measurement]) -> float:
    return measure.ratio([each.cpu_ms for each in above], [each.cpu_ms for each in below])
