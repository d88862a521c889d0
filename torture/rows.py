"""A row tells what became of a scenario; the table has all of them."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PEERS = ("djangorestframework-api-key", "django-rest-knox")
NOT_APPLICABLE = "not applicable"
HEADINGS = ("Scenario", "Tried", "Times", "Required", "Seen", "Held", *PEERS)
BEGIN, END = "<!-- torture: begin -->", "<!-- torture: end -->"
WIDTHS = (24, 30, 7, 30, 32, 5, 22, 22)


@dataclass(frozen=True)
class Row:
    """`seen` is what was counted, `peers` what was counted of the others under the same attack.

    `held` is None where it was not tried: then `seen` says why.
    """

    scenario: str
    tried: str
    times: int
    required: str
    seen: str
    held: bool | None
    peers: Mapping[str, str] = field(default_factory=dict)

    @property
    def cells(self) -> tuple[str, ...]:
        held = {True: "yes", False: "NO", None: "–"}[self.held]
        of_peers = (self.peers.get(peer, NOT_APPLICABLE) for peer in PEERS)
        return (self.scenario, self.tried, f"{self.times:,}", self.required, self.seen, held, *of_peers)


def counted(things: Iterable[object]) -> str:
    """Return how often each of them is there, the most frequent first."""
    return ", ".join(f"{count:,} × {thing}" for thing, count in Counter(things).most_common()) or "none"


def as_text(rows: Sequence[Row]) -> str:
    """Return the table for a wide terminal."""
    lines = [_line(HEADINGS), _line(tuple("-" * width for width in WIDTHS))]
    for row in rows:
        columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row.cells, WIDTHS, strict=True)]
        height = max(map(len, columns))
        lines += [_line(tuple(column[n] if n < len(column) else "" for column in columns)) for n in range(height)]
        lines.append("")
    return "\n".join(lines)


def as_markdown(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '∣') for cell in line)} |" for line in lines)


def write(document: Path, text: str) -> None:
    """Puts `text` between the two markers of the document, in place of what is there."""
    between = re.compile(f"(?<={re.escape(BEGIN)}\n).*(?={re.escape(END)})", re.DOTALL)
    changed, times = between.subn(lambda _: f"{text}\n", document.read_text())
    if times != 1:
        raise ValueError(f"{document} needs the lines {BEGIN} and {END}, once each.")
    document.write_text(changed)


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
