"""The ratios that decide, with what each must reach."""

from collections.abc import Mapping

from benchmarks import measure
from benchmarks.figures import Figure
from benchmarks.side_by_side import MILLION, Results

# Of requests per second, as "case/case".
AT_LEAST: Mapping[str, float] = {
    "plain/prepared_floor": 1.0,
    "plain/drf_api_key": 2.3,
    "plain/drf_token": 2.8,
    "plain/knox": 3.8,
    "drf/drf_api_key": 1.9,
    "drf/drf_token": 2.4,
    "drf/knox": 3.3,
    "plain/argon2_each_time": 100,
}


def of(results: Results) -> list[Figure]:
    return [
        *(Figure(name, _ratio(results, *name.split("/")), "×", at_least=limit) for name, limit in AT_LEAST.items()),
        Figure("million/thousand", _ratio(results, f"plain{MILLION}", "plain"), "×", at_least=0.9),
    ]


def _ratio(results: Results, above: str, below: str) -> float:
    return measure.ratio([each.rps for each in results[above]], [each.rps for each in results[below]])
