"""The result as a picture for the README: bars of requests per second, readable on light and on dark."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from benchmarks import measure
from benchmarks.side_by_side import CASES, Results

SHOWN = ("plain", "ninja", "drf", "drf_api_key", "drf_token", "knox", "argon2_each_time")
OURS = {"plain", "ninja", "drf"}

WIDTH = 760
LABELS = 270
ROW = 34
BAR = 20
TOP = 56
ROOM_FOR_NUMBER = 76

STYLE = """
text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.note { font-size: 12px; fill: #59636e }
.value { font-variant-numeric: tabular-nums }
.ours { fill: #1f6feb }
.theirs { fill: #afb8c1 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .ours { fill: #4493f8 }
  .theirs { fill: #656c76 }
}
"""


def draw(results: Results, note: str) -> str:
    """An SVG document. `note` says where the figures come from."""
    rates = {name: measure.middle(results[name]).rps for name in SHOWN}
    height = TOP + ROW * len(rates) + 30
    rows = [_row(index, name, rate, max(rates.values())) for index, (name, rate) in enumerate(rates.items())]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{escape(_in_words(rates))}">',
            f"<style>{STYLE}</style>",
            '<text class="title" x="0" y="18">Authenticated requests per second, more is better</text>',
            f'<text class="note" x="0" y="38">{escape(note)}</text>',
            *rows,
            "</svg>",
            "",
        ]
    )


def write(path: Path, results: Results, note: str) -> None:
    path.write_text(draw(results, note))


def _row(index: int, name: str, rate: float, most: float) -> str:
    top = TOP + index * ROW
    baseline = top + BAR - 5
    length = max(2, round((WIDTH - LABELS - ROOM_FOR_NUMBER) * rate / most))
    kind = "ours" if name in OURS else "theirs"
    return (
        f'<text x="0" y="{baseline}">{escape(CASES[name].title)}</text>'
        f'<rect class="{kind}" x="{LABELS}" y="{top}" width="{length}" height="{BAR}" rx="3"/>'
        f'<text class="value" x="{LABELS + length + 8}" y="{baseline}">{rate:,.0f}</text>'
    )


def _in_words(rates: Mapping[str, float]) -> str:
    return "Requests per second: " + ", ".join(f"{CASES[name].title} {rate:,.0f}" for name, rate in rates.items())
