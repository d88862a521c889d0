"""`make bench`: all of it, in order. `QUICK=1` only tries that it works; its figures mean little, and go to `var/`."""

import sys
import tempfile
from pathlib import Path

from benchmarks import chart, databases, effort, measure, ratios, report, side_by_side
from benchmarks.environment import ROOT
from benchmarks.figures import Figure
from benchmarks.scenarios import attackers, cold_start, flood, in_process, new_keys, sqlite, usage_writer
from benchmarks.workplace import Workplace
from dev import machine
from dev.postgresql import PostgresServer, PostgresUnavailable
from dev.programs import ProgramUnavailable, find_program

SCENARIOS = (in_process, attackers, flood, cold_start, new_keys, usage_writer, sqlite)


def main() -> None:
    find_program("wrk")
    chosen = effort.chosen()
    with (
        PostgresServer(settings=databases.SETTINGS) as server,
        tempfile.TemporaryDirectory(prefix="oncekeys-bench-") as directory,
    ):
        _say(f"{machine.description()}\nMaking keys: {chosen.few:,}, and {chosen.many:,} ...")
        _measure(
            Workplace(
                thousand=databases.postgresql(server, "thousand", chosen.few, fresh=databases.FRESH),
                million=databases.postgresql(server, "million", chosen.many),
                directory=Path(directory),
                effort=chosen,
            )
        )


def _measure(workplace: Workplace) -> None:
    _side_by_side(workplace)
    found: dict[str, list[Figure]] = {}
    for scenario in SCENARIOS:
        name = scenario.__name__.rpartition(".")[2]
        found[name] = scenario.run(workplace)
        _say(report.figures(scenario.TITLE, found[name]))
    report.write(_results() / "scenarios.json", report.scenarios_as_json(found))


def _side_by_side(workplace: Workplace) -> None:
    _say(f"Measuring {workplace.effort.rounds} rounds of every door ...")
    results = side_by_side.run(workplace.thousand, workplace.million, workplace.effort)
    decisive = ratios.of(results)
    _say(report.table(results))
    _say(report.figures("Ratios", decisive))
    report.write(_results() / "latest.json", report.as_json(results, decisive, workplace.effort))
    chart.write(_results() / "latest.svg", results, f"{workplace.thousand.keys:,} keys. {machine.description()}")


def _results() -> Path:
    return ROOT / "var" / "benchmarks" if effort.is_quick() else ROOT / "benchmarks" / "results"


def _say(text: str) -> None:
    print(text, end="\n\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (ProgramUnavailable, PostgresUnavailable, measure.WrongAnswer) as error:
        sys.exit(str(error))
