"""Pages that quote the benchmarks say what was measured last."""

import json

import pytest

from benchmarks import chart, pages
from dev.servers import ROOT

DECIDING = {
    "plain/prepared_floor",
    "plain/drf_api_key",
    "plain/tenant_apikeys",
    "plain/drf_token",
    "plain/knox",
    "plain/argon2_each_time",
    "drf/drf_api_key",
    "drf/tenant_apikeys",
    "drf/drf_token",
    "drf/knox",
    "million/thousand",
    "site/plain",
    "forward_auth/plain",
    "cold/known_share",
    "cold/argon2_runs",
    "usage/round_trips_10k",
    "usage/cpu_s_10k",
    "async/today",
    "wrong/right",
    "flood/peer",
}


@pytest.fixture(scope="module")
def latest():
    return json.loads((ROOT / pages.RESULTS).read_text())


@pytest.mark.parametrize("page", pages.PAGES)
def test_page_quotes_the_latest_results(latest, page):
    text = (ROOT / page).read_text()

    assert pages.BLOCK.search(text)
    assert pages.written(text, latest) == text


def test_chart_shows_the_latest_results(latest):
    assert (ROOT / pages.CHART).read_text() == chart.draw(latest)


def test_results_hold_every_ratio_that_decides(latest):
    assert latest["ratios"].keys() >= DECIDING


def test_a_missed_bar_is_named_first(latest):
    missed = {**latest, "bars": {"plain/knox": {"at_least": 0}, "plain/drf_token": {"at_least": 1_000_000}}}

    assert "`plain/drf_token`" in pages.BLOCKS["worst"](missed)
    assert "knox" not in pages.BLOCKS["worst"](missed)
    assert pages.BLOCKS["bars"](missed).index("drf_token") < pages.BLOCKS["bars"](missed).index("knox")
