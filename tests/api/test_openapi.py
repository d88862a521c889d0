"""The description at `/api/openapi.json` is valid, complete, and true of the real server."""

import os
import subprocess
import sys
from collections.abc import Iterator

import jsonschema_rs
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from dev import loopback
from dev.servers import ROOT, database_url, running_server
from oncekeys.doors.problems import ANSWERS, MEDIA_TYPE, ErrorCode, RequestCode
from oncekeys.services.refusals import Code

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("openapi")]

EXAMPLES = 50


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """One of its own: the wrong keys sent here would count as failures of other tests."""
    log = tmp_path_factory.mktemp("openapi") / "log"
    with django_db_blocker.unblock(), running_server(log, ONCEKEYS_FAILURES_PER_MINUTE="1000000") as running:
        yield running


@pytest.fixture
def document(server) -> dict:
    answer = loopback.get(f"{server.url}/api/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    return answer.json()


@pytest.fixture
def operations(document) -> dict[str, dict]:
    return {f"{method} {path}": item for path, items in document["paths"].items() for method, item in items.items()}


def test_it_is_openapi_3_1(document):
    import schemathesis  # half a second in each process that collects tests

    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_schema_in_it_is_json_schema(document):
    assert all(jsonschema_rs.meta.is_valid(schema) for schema in schemas(document))


def test_it_describes_every_url_of_the_api(document):
    served = {f"/{route}" for route in routes(get_resolver()) if route.startswith("api/v1/")}

    assert set(document["paths"]) == served
    assert served


def test_every_operation_names_every_refusal(operations):
    for name, operation in operations.items():
        described = {
            (int(status), code) for status, response in operation["responses"].items() for code in codes(response)
        }
        possible = {*Code, *(ErrorCode if name == "post /api/v1/key/rotate" else ()), RequestCode.METHOD_NOT_ALLOWED}
        assert described == {(ANSWERS[code].status, code) for code in possible}, name


def test_every_operation_takes_a_key_in_each_way_it_may_be_presented(document, operations):
    schemes = document["components"]["securitySchemes"]

    assert {(it.get("name") or it.get("scheme")).lower() for it in schemes.values()} == WAYS
    assert sorted(document["security"], key=str) == sorted(({name: []} for name in schemes), key=str)
    assert [name for name, operation in operations.items() if "security" in operation] == []


WAYS = {"api-key", "x-api-key", "bearer", "basic"}


ALLOW = {"get": "GET, HEAD", "post": "POST", "delete": "DELETE"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_any_other_method_is_answered_alike_with_a_key_and_without(server, document, crm, method):
    for path, (described,) in document["paths"].items():
        if method.lower() == described:
            continue
        for headers in ({}, {"API-Key": crm.token.reveal()}):
            answer = loopback.request(method, server.url + path, headers=headers)

            assert (answer.status_code, answer.headers["Allow"]) == (405, ALLOW[described])
            assert answer.json()["code"] == "method_not_allowed"


# Without a key of ours it makes up credentials of every shape. By default the doors' tests are enough for these, and it
# makes up no request for each limit of each schema.
@pytest.mark.parametrize("with_a_key", [True, pytest.param(False, marks=pytest.mark.full)])
def test_the_server_keeps_every_word_of_it(server, crm, with_a_key, tmp_path, repeated, everything):
    options = (*(WITHOUT_MADE_UP_KEYS if with_a_key else ()), *(() if everything else ("--phases", "fuzzing")))
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_keys", "EMAIL_URL": "dummy:"}
    keys = {**hooks, "ONCEKEYS_API_KEY": crm.token.reveal()}

    result = subprocess.run(
        [*SCHEMATHESIS, "--max-examples", str(repeated(EXAMPLES)), f"{server.url}/api/openapi.json", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": database_url(), **(keys if with_a_key else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout
    assert ("mostly rejected" in result.stdout) is not with_a_key


# As a program of its own, because the pytest plugin of this release does not know the pytest of this year.
SCHEMATHESIS = [
    *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml"), "run"),
    *("--checks", "all", "--seed", "1", "--generation-database", "none", "--no-color"),
]
WITHOUT_MADE_UP_KEYS = ("--generation-with-security-parameters", "false")


def schemas(node: object) -> Iterator[dict]:
    """Yield everything under a name that OpenAPI reserves for schemas."""
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            yield node["schema"]
        yield from node.get("schemas", {}).values()
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from schemas(child)


def codes(response: dict) -> list[str]:
    content = response.get("content", {})
    return content[MEDIA_TYPE]["schema"]["properties"]["code"]["enum"] if MEDIA_TYPE in content else []


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield before + str(entry.pattern)
        else:
            yield from routes(entry, before + str(entry.pattern))
