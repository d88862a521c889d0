"""The same view behind every door, at equal terms and as Django's health checks leave them, and at a million keys."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from benchmarks import measure, servers
from benchmarks.databases import Database
from benchmarks.figures import Figure
from benchmarks.load import CONNECTIONS
from benchmarks.measure import Measurement
from benchmarks.servers import WORKERS
from benchmarks.workplace import Workplace

TITLE = "Side by side"


@dataclass(frozen=True)
class Case:
    """`credential` says whose key it takes."""

    path: str
    credential: str
    title: str
    connections: int = CONNECTIONS


CASES: Mapping[str, Case] = {
    "bare": Case("/bare", "oncekeys", "no key asked for"),
    "prepared_floor": Case("/prepared_floor", "oncekeys", "one prepared query, no key checked"),
    "drf_floor": Case("/drf_floor", "oncekeys", "that query, Django REST framework"),
    "plain": Case("/plain", "oncekeys", "oncekeys, decorator"),
    "ninja": Case("/ninja/", "oncekeys", "oncekeys, Django Ninja"),
    "drf": Case("/drf", "oncekeys", "oncekeys, Django REST framework"),
    "drf_api_key": Case("/drf_api_key", "drf_api_key", "djangorestframework-api-key 3"),
    "tenant_apikeys": Case("/tenant_apikeys", "tenant_apikeys", "django-tenant-apikeys 0.6"),
    "drf_token": Case("/drf_token", "drf_token", "DRF TokenAuthentication"),
    "knox": Case("/knox", "knox", "django-rest-knox 5"),
    "argon2_each_time": Case("/argon2_each_time", "oncekeys", "Argon2id on every request", 2 * WORKERS),
}

# With Django's health check of the connection on every request. Our look-up spares it, so equal terms are without.
CHECKED = "@checked"
ALSO_CHECKED = ("prepared_floor", "plain", "drf", "drf_api_key", "tenant_apikeys", "drf_token", "knox")
MILLION = "@million"
ALSO_AT_A_MILLION = ("prepared_floor", "plain", "drf")

# Of requests per second, as "case/case", at equal terms.
AT_LEAST: Mapping[str, float | None] = {
    "plain/prepared_floor": 0.85,
    "plain/drf_api_key": 2.7,
    "plain/tenant_apikeys": None,
    "plain/drf_token": 3.6,
    "plain/knox": 5.0,
    "drf/drf_floor": None,
    "drf/drf_api_key": 2.1,
    "drf/tenant_apikeys": None,
    "drf/drf_token": 2.5,
    "drf/knox": 3.4,
    "plain/argon2_each_time": None,
}

Results = Mapping[str, Sequence[Measurement]]


def measured(workplace: Workplace) -> Results:
    """Return the results by case; other kinds have `@checked` or `@million` after their name."""
    thousand, million = workplace.thousand, workplace.million
    with ExitStack() as stack:
        equal, checked, many = servers.together(
            stack,
            servers.running(thousand.url),
            servers.running(thousand.url, HEALTH_CHECKS="true"),
            servers.running(million.url),
        )
        return measure.in_turn(
            {name: _load(equal, name, thousand) for name in CASES}
            | {name + CHECKED: _load(checked, name, thousand) for name in ALSO_CHECKED}
            | {name + MILLION: _load(many, name, million) for name in ALSO_AT_A_MILLION},
            workplace.effort,
        )


def ratios(results: Results) -> list[Figure]:
    return [
        *(Figure(name, _ratio(results, *name.split("/")), at_least=bar) for name, bar in AT_LEAST.items()),
        Figure("million/thousand", _ratio(results, f"plain{MILLION}", "plain"), at_least=0.95),
    ]


def _load(server: servers.Server, name: str, database: Database) -> partial[Measurement]:
    case = CASES[name]
    headers = [database.credentials[case.credential]]
    return partial(measure.under_load, server, case.path, headers, connections=case.connections)


def _ratio(results: Results, above: str, below: str) -> float:
    return measure.ratio(results[above], results[below])
