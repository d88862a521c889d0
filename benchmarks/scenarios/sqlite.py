"""On the embedded database, against a view that asks the ORM for the same rows."""

from functools import partial

from benchmarks import databases, measure, servers
from benchmarks.figures import Figure
from benchmarks.measure import Measurement
from benchmarks.workplace import Workplace

TITLE = "SQLite"

PATHS = {"orm_row": "/orm_row", "orm_joins": "/orm_joins", "plain": "/plain", "drf": "/drf"}


def run(workplace: Workplace) -> list[Figure]:
    database = databases.sqlite(workplace.directory, workplace.effort.few)
    headers = [database.credentials["oncekeys"]]
    with servers.production(database.url) as server:
        measurements = {name: partial(measure.under_load, server, path, headers) for name, path in PATHS.items()}
        results = measure.in_turn(measurements, workplace.effort)
    return [
        *(Figure(name, measure.middle(taken).rps, "requests/s") for name, taken in results.items()),
        Figure("plain / orm_joins", _ratio(results["plain"], results["orm_joins"]), "×", at_least=2.4),
        Figure("drf / orm_joins", _ratio(results["drf"], results["orm_joins"]), "×", at_least=1.8),
    ]


def _ratio(above: list[Measurement], below: list[Measurement]) -> float:
    return measure.ratio([each.rps for each in above], [each.rps for each in below])
