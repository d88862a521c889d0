"""The access matrix: everyone asks for every URL. The table is in `table.py`.

By default each fact is asked for once: every person reads and sends with the right token, the owner tries the other
methods and a wrong token, those without a session one of each, and three kinds of people ask as htmx does.
With `--all` everyone asks in every way.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.access.browsers import Ask
from tests.access.table import METHODS, ROWS, SAFE, SECTIONS, Csrf, Person
from tests.access.world import World

# The database doesn't matter for who may see what, so one of them is enough.
pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

# What a browser sends along with a method: nothing that only reads has a token.
TOKENS_WITH = {method: [Csrf.NONE] if method in SAFE else list(Csrf) for method in METHODS}
EVERY_WAY = [
    Ask(method, csrf, htmx) for method, htmx in product(METHODS, [False, True]) for csrf in TOKENS_WITH[method]
]
READS, SENDS = Ask("GET", Csrf.NONE), Ask("POST", Csrf.RIGHT)
HEAD, *OTHERS = (Ask(method, TOKENS_WITH[method][0]) for method in METHODS[1:] if method != "POST")
FORGED = [Ask("POST", csrf) for csrf in (Csrf.WRONG, Csrf.NONE)]
BY_HTMX = [READS._replace(htmx=True), SENDS._replace(htmx=True)]
ONCE = [
    *product(Person, [READS, SENDS]),
    *product([Person.SIGNED_OUT, Person.API_KEY], [HEAD, OTHERS[-1], FORGED[-1]]),
    *product([Person.OWNER], [*OTHERS, *FORGED]),
    *product([Person.SIGNED_OUT, Person.MEMBER, Person.OWNER], BY_HTMX),
]
# None of these people is staff, so the Django admin has one answer for all of them.
AT_THE_ADMIN = [*product([Person.SIGNED_OUT, Person.OWNER, Person.API_KEY], [READS, SENDS]), (Person.OWNER, FORGED[0])]
UNKNOWN = {"account": "nowhere", "key": "a" * 12, "paused": "a" * 12, "invitation": 0, "member": 0, "passkey": 0}
MALFORMED = {
    "account": "no%20slug",
    "key": "short",
    "paused": "%00" * 12,
    "invitation": "-1",
    "member": "x",
    "passkey": "x",
}


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("section", SECTIONS)
def test_everyone_gets_what_the_table_says(world, section, everything):
    once = AT_THE_ADMIN if section == "admin" else ONCE
    wrong = [
        f"{row}: {person} asks by {ask} and gets {answer}, not {word}"
        for row, (person, ask) in product(SECTIONS[section], list(product(Person, EVERY_WAY)) if everything else once)
        if not row.gives(answer := world.ask(person, row, ask), word := row.expected(person, ask.method, ask.csrf))
    ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("ids", [UNKNOWN, MALFORMED])
def test_unknown_and_malformed_ids_are_not_found(world, ids):
    wrong = [
        f"{row} with {name} {ids[name]}: {answer}"
        for row, name in product(ROWS, ids)
        if f"{{{name}}}" in row.path
        for ask in [READS, SENDS]
        if (answer := world.ask(Person.OWNER, row, ask, {name: ids[name]}))
        not in ({"not-found", "not-allowed"} if ask.method not in row.answers else {"not-found"})
    ]

    assert not wrong, "\n".join(wrong)


def test_what_belongs_to_another_account_is_not_found_in_ones_own(world):
    wrong = [
        f"{row} by {ask}: {answer}"
        for row, ask in product(ROWS, [READS, SENDS])
        if "{account}" in row.path and row.path.count("{") > 1 and ask.method in row.answers
        if (answer := world.ask(Person.STRANGER, row, ask, {"account": world.umbrella.account.slug})) != "not-found"
    ]

    assert not wrong, "\n".join(wrong)


def test_every_url_has_a_row_and_every_row_a_url(world):
    routes = dict(urls(get_resolver()))
    rows = {resolve(world.path(row)).route: row for row in ROWS}

    assert [f"{routes[route]} ({route}) has no row" for route in routes.keys() - rows.keys()] == []
    assert [f"{row}: the table calls it {row.name}" for route, row in rows.items() if routes[route] != row.name] == []
    assert len(rows) == len(ROWS), "a row's path leads to the URL of another row"


def urls(resolver: URLResolver, before: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """The route and the name of each, as `resolve` has them; an empty name where there is none."""
    for each in resolver.url_patterns:
        route = before + (str(each.pattern).removeprefix("^") if before else str(each.pattern))
        if isinstance(each, URLPattern):
            yield route, f"{namespace}{each.name}" if each.name else ""
        else:
            yield from urls(each, route, f"{namespace}{each.namespace}:" if each.namespace else namespace)
