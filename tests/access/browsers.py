"""Browsers ask the site for the people of the matrix, and name its answers in the table's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse

from tests.access.table import Csrf

TOKENS = {Csrf.RIGHT: "a" * 32, Csrf.WRONG: "b" * 32}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
CHANGE = re.compile(r'\s*(?:INSERT (?:OR IGNORE )?INTO|UPDATE|DELETE FROM) "(\w+)"')
# Where the person is in their visit, and the record of it; a change here isn't one of anything they asked for.
OF_THE_VISIT = {"django_session", "usersessions_usersession", "accounts_personevent"}
TAKEN_BACK = "ROLLBACK TO "
# Of the page that says that a request may be forged.
TOO_OLD = b"This page has expired"

STATUSES = {403: "forbidden", 404: "not-found", 405: "not-allowed", 410: "gone"}


class Ask(NamedTuple):
    """A way of asking for a page."""

    method: str
    csrf: Csrf
    htmx: bool = False

    def __str__(self) -> str:
        return f"{self.method} with {self.csrf} token{' and htmx' if self.htmx else ''}"

    @property
    def headers(self) -> dict[str, str]:
        token = {"X-CSRFToken": TOKENS[self.csrf]} if self.csrf in TOKENS else {}
        return {**token, **(HTMX if self.htmx else {})}


class Browser(RequestFactory):
    """A browser of one person, who asks each time as if for the first time: cookies of a response are forgotten."""

    def __init__(self, handler: ClientHandler, cookies: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__()
        self.handler = handler
        self.headers = headers
        self.cookies.load({**cookies, "csrftoken": TOKENS[Csrf.RIGHT]})

    def ask(self, path: str, ask: Ask, sent: dict[str, Any]) -> str:
        """The word for what came back."""
        cache.clear()  # of what is counted by IP address: everyone here has the same
        send = getattr(self, ask.method.lower())
        with watched() as changes:
            return _word(send(path, headers={**self.headers, **ask.headers}, **sent), tables(changes), htmx=ask.htmx)

    def request(self, **environ: Any) -> Any:
        return self.handler(self._base_environ(**environ))  # type: ignore[attr-defined]


@contextmanager
def watched() -> Iterator[list[str]]:
    """The statements that change something meanwhile, but those that are taken back."""
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(TAKEN_BACK):
            del statements[statements.index(sql.removeprefix(TAKEN_BACK)) :]
        elif sql.startswith("SAVEPOINT") or CHANGE.match(sql):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def tables(statements: list[str]) -> set[str]:
    return {change[1] for statement in statements if (change := CHANGE.match(statement))} - OF_THE_VISIT


def _word(response: HttpResponse, changed: set[str], *, htmx: bool) -> str:
    if changed:
        return "done" if response.status_code < 400 else f"{response.status_code} with changes of {sorted(changed)}"
    if response.status_code == 401:
        return "no-key" if "error=" not in response["WWW-Authenticate"] else "401"
    if response.status_code == 403 and TOO_OLD in response.content:
        return "csrf"
    return STATUSES.get(response.status_code) or _where(response, htmx=htmx)


def _where(response: HttpResponse, *, htmx: bool) -> str:
    there = response.headers.get("HX-Redirect") or response.headers.get("Location")
    if there is None:
        return "page" if response.status_code in {200, 204} else str(response.status_code)
    if there.startswith(reverse("account_login")):
        return "sign-in" if htmx == ("HX-Redirect" in response.headers) else "sign-in-plainly"
    return "admin-door" if there.startswith(reverse("admin:login")) else "elsewhere"
