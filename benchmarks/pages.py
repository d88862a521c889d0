"""Writes the results into the pages that quote them, between markers, so that none can say another figure.

It needs nothing but `latest.json`, from which a test writes the pages again.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

RESULTS = "benchmarks/results/latest.json"
CHART = "benchmarks/results/latest.svg"
PAGES = ("README.md", "docs/benchmarks.md")

BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Latest = Mapping[str, Any]

SHOWN = ("plain", "ninja", "drf", "drf_api_key", "tenant_apikeys", "drf_token", "knox", "argon2_each_time")
OURS = {"plain", "ninja", "drf"}
PEERS = ("drf_api_key", "tenant_apikeys", "drf_token", "knox")


def written(text: str, latest: Latest) -> str:
    """The page with the results as they are now."""
    return BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block[2]](latest)}\n{block[3]}", text)


def is_met(value: float, bar: Mapping[str, float]) -> bool:
    return bar.get("at_least", value) <= value <= bar.get("at_most", value)


def limit(bar: Mapping[str, float]) -> str:
    return " ".join(f"{'≥' if name == 'at_least' else '≤'} {value:g}" for name, value in bar.items())


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"


def rates(latest: Latest) -> dict[str, float]:
    """Requests per second of what the chart shows."""
    return {name: latest["cases"][name]["rps"] for name in SHOWN}


def in_words(latest: Latest) -> str:
    shown = ", ".join(f"{latest['titles'][name]} {rate:,.0f}" for name, rate in rates(latest).items())
    return f"Requests per second: {shown}"


def _chart(latest: Latest) -> str:
    return f'<img alt="{in_words(latest)}" src="{CHART}">'


def _best(latest: Latest) -> str:
    ratios = latest["ratios"]
    rows = [
        f"| {latest['titles'][peer]} | {ratios[f'plain/{peer}']:.1f} × | {ratios[f'drf/{peer}']:.1f} × |"
        for peer in PEERS
    ]
    head = "| requests/s, as many times as | with the decorator | through Django REST framework |\n|---|---|---|"
    return "\n".join([head, *rows])


def _worst(latest: Latest) -> str:
    """Say what to know before choosing it, whether or not a bar is met."""
    ratios, cases = latest["ratios"], latest["cases"]
    nginx = latest["scenarios"]["Forward-auth: nginx asks about every request"]
    lines = [
        f"The decorator reaches {ratios['plain/prepared_floor']:.2f} of the requests/s of a prepared query that checks "
        f"no key, and {cases['plain']['rps'] / cases['bare']['rps']:.2f} of a view without authentication.",
        f"The site's own `/api/v1/test` reaches {ratios['site/plain']:.2f} of the decorator's requests/s. nginx alone "
        f"answers {nginx['nginx alone: requests/s']:,.0f} requests/s, and "
        f"{nginx['nginx, oncekeys: requests/s']:,.0f} when it asks the site about each.",
        f"After a restart with 2,000 keys, Argon2 ran {ratios['cold/argon2_runs']:.0f} times, and a key in use kept "
        f"{ratios['cold/known_share']:.2f} of its share of the requests. If you lose `SECRET_KEY`, each key needs "
        f"Argon2 once, which takes as long as {ratios['plain/argon2_each_time']:.0f} requests with the decorator.",
        f"During a flood of wrong keys, valid requests keep a share that is {ratios['flood/peer']:.1f} times the one "
        f"with djangorestframework-api-key.",
        _missed(latest),
    ]
    return "\n".join(f"- {line}" for line in lines)


def _missed(latest: Latest) -> str:
    missed = [
        f"`{name}` is {number(_value(latest, name))} and should be {limit(bar)}"
        for name, bar in latest["bars"].items()
        if not is_met(_value(latest, name), bar)
    ]
    return f"Bars missed: {'; '.join(missed)}." if missed else "All bars were met."


def _machine(latest: Latest) -> str:
    return f"{latest['machine']}. {latest['date']}, {latest['rounds']} rounds."


def _side_by_side(latest: Latest) -> str:
    cases = latest["cases"]
    head = (
        "| | requests/s | p50 ms | p99 ms | CPU ms | requests/s with health checks | at a million keys |\n"
        "|---|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join(
        [
            head,
            *(
                f"| {title} | {case['rps']:,.0f} | {case['p50_ms']:.2f} | {case['p99_ms']:.1f} | {case['cpu_ms']:.3f} "
                f"| {_rate(cases, f'{name}@checked')} | {_rate(cases, f'{name}@million')} |"
                for name, title in latest["titles"].items()
                for case in [cases[name]]
            ),
        ]
    )


def _rate(cases: Mapping[str, Any], name: str) -> str:
    return f"{cases[name]['rps']:,.0f}" if name in cases else ""


def _bars(latest: Latest) -> str:
    """List the bars, those that were missed first."""
    rows = [(name, _value(latest, name), bar) for name, bar in latest["bars"].items()]
    rows.sort(key=lambda row: is_met(row[1], row[2]))
    lines = [
        f"| {name} | {number(value)} | {limit(bar)} | {'yes' if is_met(value, bar) else '**no**'} |"
        for name, value, bar in rows
    ]
    return "\n".join(["| | measured | bar | met |\n|---|--:|--:|---|", *lines])


def _scenarios(latest: Latest) -> str:
    return "\n\n".join(
        "\n".join(
            [
                f"### {title}\n\n| | |\n|---|--:|",
                *(f"| {name} | {number(value)} |" for name, value in figures.items()),
            ]
        )
        for title, figures in latest["scenarios"].items()
    )


def _value(latest: Latest, name: str) -> float:
    """Return the value of a figure that has a bar."""
    return next(float(figures[name]) for figures in latest["scenarios"].values() if name in figures)


BLOCKS: Mapping[str, Callable[[Latest], str]] = {
    "chart": _chart,
    "best": _best,
    "worst": _worst,
    "machine": _machine,
    "side_by_side": _side_by_side,
    "bars": _bars,
    "scenarios": _scenarios,
}
