"""Writes the results: tables on the terminal, a file, and the pages that quote it."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks import chart, measure, pages
from benchmarks.effort import Effort
from benchmarks.environment import ROOT
from benchmarks.figures import Figure
from benchmarks.measure import Measurement
from benchmarks.scenarios.side_by_side import CASES, CHECKED, MILLION, Results
from dev import machine

HEAD = f"{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'plain is':>10}"
# Objects that fit on a line of the file.
SHORT = re.compile(r"{[^{}]{1,120}}")
PARTS = {"A thousand keys": "", "With Django's health checks": CHECKED, "A million keys": MILLION}


def table(results: Results) -> str:
    """A line for each case; the last column is how many times as fast the plain door is."""
    lines: list[str] = []
    for title, kind in PARTS.items():
        lines += ["", f"{title:<38}{HEAD}"]
        lines += [_line(case.title, results, name + kind, "plain" + kind) for name, case in _cases(results, kind)]
    return "\n".join(lines[1:])


def figures(title: str, found: Sequence[Figure]) -> str:
    return "\n".join([title, *(_figure(figure) for figure in found)])


def as_json(results: Results, found: Mapping[str, Sequence[Figure]], effort: Effort) -> dict[str, Any]:
    every = [figure for of_one in found.values() for figure in of_one]
    return {
        "machine": machine.description(),
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": effort.rounds,
        "titles": {name: case.title for name, case in CASES.items()},
        "cases": {name: _rounded(measure.middle(taken)) for name, taken in results.items()},
        "ratios": {figure.name: round(figure.value, 3) for figure in every if figure.is_ratio},
        "bars": {figure.name: figure.bar for figure in every if figure.bar},
        "scenarios": {
            title: {figure.name: round(figure.value, 3) for figure in of_one} for title, of_one in found.items()
        },
    }


def write(latest: Mapping[str, Any], *, quick: bool) -> None:
    """The results with their chart, and the pages. A quick run's go to `var/`, where they mislead no one."""
    to = ROOT / "var" / "benchmarks" if quick else ROOT
    for name, text in {
        **{name: pages.written((ROOT / name).read_text(), latest) for name in pages.PAGES},
        pages.RESULTS: SHORT.sub(lambda each: " ".join(each[0].split()), json.dumps(latest, indent=2)) + "\n",
        pages.CHART: chart.draw(latest),
    }.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_text(text)


def _cases(results: Results, kind: str) -> list[tuple[str, Any]]:
    return [(name, case) for name, case in CASES.items() if name + kind in results]


def _line(title: str, results: Results, name: str, plain: str) -> str:
    middle, times = measure.middle(results[name]), measure.ratio(results[plain], results[name])
    return (
        f"{title:<38}{middle.rps:>12,.0f}{middle.p50_ms:>9.2f}{middle.p99_ms:>9.2f}{middle.cpu_ms:>9.3f}{times:>9.2f}×"
    )


def _figure(figure: Figure) -> str:
    verdict = f"{pages.limit(figure.bar)}  {'met' if pages.is_met(figure.value, figure.bar) else 'MISSED'}"
    return f"  {figure.name:<58}{pages.number(figure.value):>8}  {verdict if figure.bar else ''}".rstrip()


def _rounded(measurement: Measurement) -> dict[str, float]:
    return {name: round(value, 4) for name, value in dataclasses.asdict(measurement).items()}
