"""Every URL, asked by everybody, in every way."""

import time
from collections.abc import Iterator
from itertools import product

import pytest
from django.db import transaction

from tests.access.table import METHODS, SECTIONS, SAFE, Csrf, Person
from tests.access.world import World

pytestmark = pytest.mark.django_db

SENT_ALONG = {method: list(Csrf) if method not in SAFE else [Csrf.NONE] for method in METHODS}


@pytest.fixture
def world() -> World:
    return World()


def cells(row):
    for person, method, htmx in product(Person, METHODS, [False, True]):
        for csrf in SENT_ALONG[method]:
            yield person, method, csrf, htmx

@pytest.mark.parametrize("section", SECTIONS)
def test_everybody_gets_what_the_table_says(world, section):
    wrong = []
    for row in SECTIONS[section]:
      start=time.time()
      for person, method, csrf, htmx in cells(row):
        ids = world.premises(person).ids
        form = {n: v.format(**ids) for n, v in row.form.items()}
        got = world.browsers[person].ask(method, row.path.format(**ids), form, csrf, htmx=htmx)
        expected = row.expected(person, method, csrf)
        if got != expected:
            wrong.append(f"{row.name or row.path}: {person} {method} csrf={csrf} htmx={htmx}: {expected} but {got}")
      print(row.name, round(time.time()-start,2))
    assert not wrong, "\n".join(wrong)
