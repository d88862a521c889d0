"""The same view behind every door, at a thousand keys and at a million."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from benchmarks import measure, servers
from benchmarks.databases import Database
from benchmarks.effort import Effort
from benchmarks.measure import Measurement


@dataclass(frozen=True)
class Case:
    """`credential` says whose key it takes."""

    path: str
    credential: str
    title: str


CASES: Mapping[str, Case] = {
    "bare": Case("/bare", "oncekeys", "nothing at all"),
    "drf_bare": Case("/drf_bare", "oncekeys", "nothing, in Django REST framework"),
    "orm_row": Case("/orm_row", "oncekeys", "one query by the ORM"),
    "orm_joins": Case("/orm_joins", "oncekeys", "one query by the ORM, with a join"),
    "prepared_floor": Case("/prepared_floor", "oncekeys", "one prepared query"),
    "prepared_by_driver": Case("/prepared_by_driver", "oncekeys", "one prepared query past Django"),
    "drf_token": Case("/drf_token", "drf_token", "DRF TokenAuthentication"),
    "knox": Case("/knox", "knox", "django-rest-knox"),
    "drf_api_key": Case("/drf_api_key", "drf_api_key", "djangorestframework-api-key"),
    "plain": Case("/plain", "oncekeys", "oncekeys, decorator"),
    "middleware": Case("/api/middleware", "oncekeys", "oncekeys, middleware"),
    "drf": Case("/drf", "oncekeys", "oncekeys, Django REST framework"),
    "ninja": Case("/ninja/", "oncekeys", "oncekeys, Django Ninja"),
    "argon2_each_time": Case("/argon2_each_time", "oncekeys", "Argon2id on every request"),
}

# Those whose cost does not depend on the number of keys are measured at a thousand only.
SAME_AT_ANY_SIZE = {"bare", "drf_bare", "argon2_each_time"}
MILLION = "@million"

Results = Mapping[str, Sequence[Measurement]]


def run(thousand: Database, million: Database, effort: Effort) -> Results:
    """By case; those at a million keys have `@million` after their name."""
    few = dict(CASES)
    many = {name: case for name, case in CASES.items() if name not in SAME_AT_ANY_SIZE}
    with ExitStack() as stack:
        of_few = stack.enter_context(servers.production(thousand.url))
        of_many = stack.enter_context(servers.production(million.url))
        return measure.in_turn(
            {name: _load(of_few, case, thousand) for name, case in few.items()}
            | {name + MILLION: _load(of_many, case, million) for name, case in many.items()},
            effort,
        )


def _load(server: servers.Server, case: Case, database: Database) -> partial[Measurement]:
    headers = [database.credentials[case.credential]]
    return partial(measure.under_load, server, case.path, headers)
