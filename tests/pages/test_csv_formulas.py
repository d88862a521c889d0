"""Whichever separator a program takes, no cell of an exported file begins a formula. A script reads the truth back."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from hypothesis import example, given
from hypothesis import strategies as st

from oncekeys.models import AuditEvent
from oncekeys.testing import new_key
from oncekeys.views import activity_export
from oncekeys.views.activity_export import written
from tests.pages import ACTIVITY

STARTS = tuple("=+-@＝＋－＠")
SEPARATORS = [",", ";", "\t", "|"]
# As a consumer's script has it.
DOCUMENTED = (Path(__file__).parents[2] / "docs/consumers.md").read_text().partition("GUARDED = ")[2].partition("\n")[0]
GUARDED = eval(DOCUMENTED, {"re": re})

cells = st.text(st.sampled_from("=+-@＝\t\r\n,;|\"' ax7"), max_size=12)


@given(rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=3))
@example(rows=[("2026", "x;=cmd|' /C calc'!A0", "ok_live")])
@example(rows=[("2026", 'x;"=cmd"', "ok_live")])
@example(rows=[("2026", "x\n=cmd", "ok_live")])
def test_no_cell_begins_a_formula(rows):
    text = written(rows)

    for separator in SEPARATORS:
        read_with_quotes = [cell for row in csv.reader(StringIO(text, newline=""), delimiter=separator) for cell in row]
        without = re.split(rf"\r\n|[\r\n{re.escape(separator)}]", text)
        for cell in [*read_with_quotes, *without]:
            assert not cell.strip('" \t\r\n').startswith(STARTS), (separator, text)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=3))
def test_a_script_reads_the_truth_back(rows):
    read = csv.reader(StringIO(written(rows), newline=""))

    assert [tuple(GUARDED.sub(r"\1", cell) for cell in row) for row in read] == rows


def test_ordinary_names_stay_as_they_are():
    names = ["CRM (Berlin) – nightly", "O'Neill & Sons", "a-b, c-d", "1+1=2", "ada@acme.example"]

    assert written([names]) == 'CRM (Berlin) – nightly,O\'Neill & Sons,"a-b, c-d",1+1=2,ada@acme.example\r\n'


@pytest.mark.django_db
def test_a_name_made_for_an_attack_is_harmless_in_the_file(signed_in, acme, ada):
    new_key(account=acme, name="x;=cmd|' /C calc'!A0")

    assert "x;'=cmd|' /C calc'!A0" in signed_in(ada).post(f"{ACTIVITY}export.csv").getvalue().decode()


@pytest.mark.django_db
def test_a_server_of_asgi_sends_it_in_pieces_too(session_of, acme, ada, monkeypatch):
    monkeypatch.setattr(activity_export, "CHUNK", 10)
    AuditEvent.objects.bulk_create(AuditEvent(account=acme, kind="api_key.paused") for _ in range(24))
    browser = AsyncClient()
    browser.cookies.load(session_of(ada))

    async def pieces():
        answer = await browser.post(f"{ACTIVITY}export.csv")
        return answer.is_async, [piece async for piece in answer.streaming_content]

    is_async, sent = async_to_sync(pieces)()

    assert is_async
    assert len(sent) == 4
    assert b"".join(sent).count(b"api_key.paused") == 24
