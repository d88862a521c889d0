"""The result as a picture for the README: bars of requests per second, readable on light and on dark."""

from html import escape

from benchmarks.pages import OURS, Latest, in_words, rates

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


def draw(latest: Latest) -> str:
    """An SVG document."""
    shown, titles = rates(latest), latest["titles"]
    height = TOP + ROW * len(shown) + 30
    rows = [
        _row(index, name in OURS, titles[name], rate, max(shown.values()))
        for index, (name, rate) in enumerate(shown.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{escape(in_words(latest))}">',
            f"<style>{STYLE}</style>",
            '<text class="title" x="0" y="18">Authenticated requests per second, more is better</text>',
            f'<text class="note" x="0" y="38">A thousand keys. {escape(latest["machine"])}</text>',
            *rows,
            "</svg>",
            "",
        ]
    )


def _row(index: int, ours: bool, title: str, rate: float, most: float) -> str:
    top = TOP + index * ROW
    baseline = top + BAR - 5
    length = max(2, round((WIDTH - LABELS - ROOM_FOR_NUMBER) * rate / most))
    return (
        f'<text x="0" y="{baseline}">{escape(title)}</text>'
        f'<rect class="{"ours" if ours else "theirs"}" x="{LABELS}" y="{top}" width="{length}" height="{BAR}" rx="3"/>'
        f'<text class="value" x="{LABELS + length + 8}" y="{baseline}">{rate:,.0f}</text>'
    )
