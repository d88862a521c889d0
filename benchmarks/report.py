"""What people and programs read afterwards: tables on the terminal, JSON in a file."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.effort import Effort
from benchmarks.figures import Figure
from benchmarks.measure import Measurement
from benchmarks.side_by_side import CASES, MILLION, Results
from dev import machine

HEAD = f"{'':<34}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'plain is':>10}"


def table(results: Results) -> str:
    """A line for each case; the last column is how many times as fast the plain door is."""
    few = [_line(name, CASES[name].title, results, "plain") for name in CASES]
    many = [
        _line(name + MILLION, case.title, results, f"plain{MILLION}")
        for name, case in CASES.items()
        if name + MILLION in results
    ]
    return "\n".join(["A thousand keys", HEAD, *few, "", "A million keys", HEAD, *many])


def figures(title: str, found: Sequence[Figure]) -> str:
    return "\n".join([title, *(_figure(figure) for figure in found)])


def as_json(results: Results, ratios: Sequence[Figure], effort: Effort) -> dict[str, Any]:
    return {
        "machine": machine.description(),
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": effort.rounds,
        "cases": {name: _rounded(measure.middle(taken)) for name, taken in results.items()},
        "ratios": {figure.name: round(figure.value, 3) for figure in ratios},
    }


def scenarios_as_json(found: Mapping[str, Sequence[Figure]]) -> dict[str, Any]:
    return {
        "machine": machine.description(),
        "date": datetime.now(UTC).date().isoformat(),
        "scenarios": {
            name: {figure.name: {"value": round(figure.value, 3), "unit": figure.unit} for figure in of_one}
            for name, of_one in found.items()
        },
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _line(name: str, title: str, results: Results, plain: str) -> str:
    middle = measure.middle(results[name])
    times = measure.ratio([each.rps for each in results[plain]], [each.rps for each in results[name]])
    return (
        f"{title:<34}{middle.rps:>12,.0f}{middle.p50_ms:>9.2f}{middle.p99_ms:>9.2f}{middle.cpu_ms:>9.3f}{times:>9.2f}×"
    )


def _figure(figure: Figure) -> str:
    verdict = f"{figure.limit:>8}  {'met' if figure.is_met else 'MISSED'}" if figure.limit else ""
    return f"  {figure.name:<58}{_number(figure.value):>10} {figure.unit:<11}{verdict}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"


def _rounded(measurement: Measurement) -> dict[str, float]:
    return {name: round(value, 4) for name, value in dataclasses.asdict(measurement).items()}
