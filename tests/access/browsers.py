"""How the people of the matrix ask the site, and in which of the table's words it answers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse

from tests.access.table import Csrf

TOKENS = {Csrf.RIGHT: "a" * 32, Csrf.WRONG: "b" * 32}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
CHANGE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
# Where somebody is in their visit; it is no change of anything that was asked for.
OF_THE_VISIT = {"django_session", "usersessions_usersession"}

STATUSES = {403: "forbidden", 404: "not-found", 405: "not-allowed", 410: "gone", 422: "again"}


class Browser(RequestFactory):
    """Asks each time as if for the first: what an answer sets is forgotten, and what it changed is undone."""

    def __init__(self, cookies: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers
        self.cookies.load({**cookies, "csrftoken": TOKENS[Csrf.RIGHT]})
        self.handler = ClientHandler(enforce_csrf_checks=True)

    def ask(self, method: str, path: str, form: dict[str, str], csrf: Csrf, *, htmx: bool) -> str:
        """The word for what came back."""
        cache.clear()  # of what is counted by address: everybody here comes from the same
        headers = {**self.headers, **(HTMX if htmx else {})}
        if csrf in TOKENS:
            headers["X-CSRFToken"] = TOKENS[csrf]
        with undone(), watched() as changed:
            response = getattr(self, method.lower())(path, headers=headers, **({"data": form} if method == "POST" else {}))
            return _word(response, changed, htmx=htmx)

    def request(self, **environ: Any) -> HttpResponseBase:
        return self.handler(self._base_environ(**environ))


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def watched() -> Iterator[set[str]]:
    """The tables that are written to meanwhile."""
    tables: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if change := CHANGE.match(sql):
            tables.add(change[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables


def _word(response: HttpResponseBase, changed: set[str], *, htmx: bool) -> str:
    if changed := changed - OF_THE_VISIT:
        return "done" if response.status_code < 400 else f"{response.status_code} with changes of {sorted(changed)}"
    if response.status_code == 401:
        return "no-key" if b'"missing_key"' in response.content else "401"
    if response.status_code == 403 and b"This page was too old" in response.content:
        return "csrf"
    return STATUSES.get(response.status_code) or _where(response, htmx=htmx)


def _where(response: HttpResponseBase, *, htmx: bool) -> str:
    there = response.headers.get("HX-Redirect") or response.headers.get("Location")
    if there is None:
        return "page" if response.status_code in {200, 204} else str(response.status_code)
    if there.startswith(reverse("account_login")):
        return "sign-in" if htmx == ("HX-Redirect" in response.headers) else f"sign-in by {response.status_code}"
    return "admin-door" if there.startswith(reverse("admin:login")) else f"elsewhere"
