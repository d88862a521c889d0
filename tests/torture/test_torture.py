"""A short cut of `make torture`: a small share of each scenario. The heavier ones run with `--all` alone."""

import os
from pathlib import Path

import pytest

from dev.postgresql import PostgresServer
from torture import faults, floods, hostile, leaks, races, rows
from torture.place import Place
from torture.rows import Row

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("torture")]


@pytest.fixture(scope="module")
def place(static_files, tmp_path_factory):
    with PostgresServer() as server:
        yield Place(server, tmp_path_factory.mktemp("torture"), share=0.01, static_files=os.environ["STATIC_ROOT"])


def short(found: list[Row]) -> list[str]:
    """Rows that do not hold, in words."""
    assert found
    return [f"{row.scenario}: {row.seen}" for row in found if row.held is False]


@pytest.mark.full
def test_faults_under_load(place):
    assert short(list(faults.under_load(place))) == []


@pytest.mark.full
def test_commit_that_fails_or_is_cut_shows_no_key(place):
    assert short([faults.commit_that_fails(place), faults.commit_that_is_cut(place)]) == []


@pytest.mark.full
def test_full_disk_is_admitted(place):
    assert short([faults.full_disk(place)]) == []


@pytest.mark.full
def test_hostile_input_on_each_database(place):
    assert short(list(hostile.run(place))) == []


@pytest.mark.full
@pytest.mark.parametrize("group", [races, leaks], ids=["races", "leaks"])
def test_races_and_leaks(place, group):
    assert short(list(group.run(place))) == []


@pytest.mark.full
def test_killed_workers_lose_no_key(place):
    assert short([faults.killed_workers(place)]) == []


@pytest.mark.full
def test_neighbours_that_are_away(place):
    assert short(list(faults.neighbours(place))) == []


@pytest.mark.full
def test_clock_that_is_wrong(place):
    assert short([faults.clock(place)]) == []


@pytest.mark.full
def test_slow_sockets(place):
    database = place.database("slow", keys=1)

    assert short(list(floods.slow_sockets(place, database))) == []


@pytest.mark.full
def test_the_search_finds_what_is_planted(place):
    assert short([leaks.searcher(place)]) == []


def test_table_goes_between_its_markers(tmp_path: Path):
    document = tmp_path / "security.md"
    document.write_text(f"before\n{rows.BEGIN}\nold\n{rows.END}\nafter\n")
    row = Row("Race", "two at once", 2, "one wins", "1 | 0", held=False, peers={"django-rest-knox": "2"})

    rows.write(document, rows.as_markdown([row]))

    written = document.read_text()
    assert "old" not in written
    assert written.startswith(f"before\n{rows.BEGIN}\n| Scenario | Tried |")
    assert "| Race | two at once | 2 | one wins | 1 ∣ 0 | NO | not applicable | 2 |" in written
    assert written.endswith(f"{rows.END}\nafter\n")
    assert "NO" in rows.as_text([row])
