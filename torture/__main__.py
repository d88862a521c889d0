"""`make torture`: every scenario, and one table at the end. The exit status is 1 when a row is short.

`--only faults` runs one group, `--share 0.05` a small part of each, `--write docs/security.md` puts the table there.
"""

import sys
import tempfile
import time
import traceback
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from dev import machine
from dev.postgresql import PostgresServer
from torture import faults, floods, hostile, leaks, races, rows
from torture.place import Place
from torture.rows import Row

WORDS = {True: "held ", False: "SHORT", None: "-----"}
GROUPS = {"races": races, "faults": faults, "floods": floods, "hostile": hostile, "leaks": leaks}


def main() -> int:
    asked = _asked()
    began = time.monotonic()
    found: list[Row] = []
    with (
        PostgresServer() as server,
        tempfile.TemporaryDirectory(prefix="oncekeys-torture-") as directory,
    ):
        place = Place(server, Path(directory), share=asked.share)
        for name, group in GROUPS.items():
            if asked.only in {None, name}:
                found += _run(name, group, place)
    minutes = (time.monotonic() - began) / 60
    print(rows.as_text(found))
    heading = _heading(asked, minutes)
    print(heading)
    if asked.write:
        rows.write(asked.write, f"{heading}\n\n{rows.as_markdown(found)}")
    return 0 if found and all(row.held is not False for row in found) else 1


def _run(name: str, group: object, place: Place) -> list[Row]:
    """The rows of a group. A scenario that breaks off is a row that is short."""
    found: list[Row] = []
    began = time.monotonic()
    try:
        for row in group.run(place):  # type: ignore[attr-defined]
            found.append(row)
            seconds, began = time.monotonic() - began, time.monotonic()
            print(f"[{seconds:5.1f} s] {WORDS[row.held]} {row.scenario}: {row.seen}", flush=True)
    except Exception as error:
        traceback.print_exc()
        found.append(Row(name, "the rest of the group", 0, "to end", f"it broke off: {error}", held=False))
    return found


def _heading(asked: Namespace, minutes: float) -> str:
    command = "make torture" if asked.share == 1 and not asked.only else f"python -m torture {' '.join(sys.argv[1:])}"
    return f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {minutes:.1f} minutes on {machine.description()}."


def _asked() -> Namespace:
    parser = ArgumentParser(prog="torture")
    parser.add_argument("--only", choices=GROUPS)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
