"""`python -m dev.growth`, with a hundredth of the rows: what a page reads does not grow with them."""

import os
import re
import subprocess
import sys

import pytest

from dev.growth import ACCOUNTS, DELETED_OF_ONE, EVENTS, KEYS_OF_EACH, SMALL, USAGE
from dev.servers import ROOT

pytestmark = [pytest.mark.full, pytest.mark.postgresql, pytest.mark.xdist_group("growth")]

# That of the keys is the smallest of the tables that grow, and is read as a whole where it is so small.
MOST_ROWS = ACCOUNTS // SMALL * KEYS_OF_EACH + DELETED_OF_ONE + 4_500
MOST_KILOBYTES = 60


@pytest.fixture(scope="module")
def costs(tmp_path_factory) -> dict[str, tuple[int, float]]:
    """The rows that a page reads, and its kilobytes. No static files were collected for it."""
    environment = {**os.environ, "STATIC_ROOT": str(tmp_path_factory.mktemp("static"))}
    command = [sys.executable, "-m", "dev.growth", "--small"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = re.findall(r"^(\w.+?) +\d+ +[\d.]+ +(\d+) +([\d.]+)$", done.stdout.split("\n\n")[0], re.MULTILINE)
    return {name: (int(rows), float(kilobytes)) for name, rows, kilobytes in lines}


def test_no_page_reads_a_table_that_grows(costs):
    assert min(EVENTS, USAGE) // SMALL > MOST_ROWS
    assert len(costs) == 20
    assert {name: rows for name, (rows, _) in costs.items() if rows > MOST_ROWS} == {}


def test_no_page_is_large(costs):
    assert {name: kilobytes for name, (_, kilobytes) in costs.items() if kilobytes > MOST_KILOBYTES} == {}
