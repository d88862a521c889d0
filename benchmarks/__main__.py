"""`make bench`: all of it, in order. `QUICK=1` only tries that it works; its figures mean little, and go to `var/`."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks import databases, effort, environment, measure, report
from benchmarks.figures import Figure
from benchmarks.scenarios import async_door, attackers, cold_start, forward_auth, side_by_side, usage_writer
from benchmarks.scenarios import site as site_scenario
from benchmarks.workplace import Workplace
from dev import machine
from dev.postgresql import PostgresServer, PostgresUnavailable
from dev.programs import ProgramUnavailable, find_program

# The last of them leaves keys behind that were sealed by another secret key.
SCENARIOS = (site_scenario, forward_auth, async_door, attackers, usage_writer, cold_start)
FRESH = 2_000


def main() -> None:
    for program in ("wrk", "nginx"):
        find_program(program)
    chosen = effort.chosen()
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer(settings=databases.SETTINGS))
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="oncekeys-bench-"))
        _say(f"{machine.description()}\nMaking keys: {chosen.few:,}, and {chosen.many:,} ...")
        with ThreadPoolExecutor() as pool:
            million = pool.submit(databases.made, server, "million", chosen.many)
            site = pool.submit(databases.made, server, "site", chosen.few, settings=environment.SITE)
            thousand = pool.submit(databases.made, server, "thousand", chosen.few, fresh=FRESH)
        _measure(Workplace(thousand.result(), million.result(), site.result(), Path(directory), chosen))


def _measure(workplace: Workplace) -> None:
    _say(f"Measuring {workplace.effort.rounds} rounds of every door ...")
    results = side_by_side.measured(workplace)
    found: dict[str, list[Figure]] = {side_by_side.TITLE: side_by_side.ratios(results)}
    _say(report.table(results))
    for scenario in SCENARIOS:
        found[scenario.TITLE] = scenario.run(workplace)
        _say(report.figures(scenario.TITLE, found[scenario.TITLE]))
    _say(report.figures("Finish lines", [each for figures in found.values() for each in figures if each.bar]))
    report.write(report.as_json(results, found, workplace.effort), quick=effort.is_quick())


def _say(text: str) -> None:
    print(text, end="\n\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (ProgramUnavailable, PostgresUnavailable, measure.WrongAnswer) as error:
        sys.exit(str(error))
