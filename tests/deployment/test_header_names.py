"""`API_Key` is not `API-Key`, nor `X_Forwarded_For` what a proxy wrote: alone, and behind proxies that pass both on."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from dev import loopback
from dev.ports import free_port
from dev.programs import find_program
from dev.proxies import running, running_nginx
from dev.servers import GRANIAN, Server, running_server
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("header names")]

LIMIT = 3
BEHIND_ONE = {"TRUSTED_PROXY_HOPS": "1", "ONCEKEYS_FAILURES_PER_MINUTE": str(LIMIT)}
ALLOWED = "203.0.113.7"
BY_WSGI = ("--interface", "wsgi", "--workers-kill-timeout", "10")
SPELLINGS = ["X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_Forwarded-For"]

NGINX = """
server {{
    listen 127.0.0.1:{port};
    underscores_in_headers on;
    location / {{
        proxy_pass {site};
        proxy_set_header Host keys.acme.example;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }}
}}
"""
CADDY = """
{{
	admin off
}}
http://:{port} {{
	reverse_proxy {site} {{
		header_up Host keys.acme.example
	}}
}}
"""


@contextmanager
def no_proxy(directory, site) -> Iterator[str]:
    yield site


@contextmanager
def nginx(directory, site) -> Iterator[str]:
    port = free_port()
    with running_nginx(directory, NGINX.format(port=port, site=site), port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def caddy(directory, site) -> Iterator[str]:
    port = free_port()
    (directory / "Caddyfile").write_text(CADDY.format(port=port, site=site.removeprefix("http://")))
    command = [find_program("caddy"), "run", "--config", f"{directory}/Caddyfile", "--adapter", "caddyfile"]
    with running(command, directory, port):
        yield f"http://127.0.0.1:{port}"


WAYS = {"no proxy": no_proxy, "plain Caddy": caddy, "nginx that passes underscores": nginx}


def served(scheme: str, folder: Path) -> AbstractContextManager[Server]:
    """The site whose public address has that scheme, over plain HTTP."""
    return running_server(folder / "log", **BEHIND_ONE, PUBLIC_URL=f"{scheme}://keys.acme.example")


@contextmanager
def reached(site: Server, way: str, folder: Path) -> Iterator[httpx.Client]:
    with (
        WAYS[way](folder, site.url) as url,
        loopback.Client(base_url=url, headers={"Host": "keys.acme.example"}, timeout=30, trust_env=False) as client,
    ):
        yield client


# Not one server for all three ways: each has the same client, whose failures it counts.
@pytest.fixture(
    scope="module",
    params=["no proxy", *(pytest.param(way, marks=pytest.mark.full) for way in WAYS if way != "no proxy")],
)
def site(request, django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("http")
    with django_db_blocker.unblock(), served("http", folder) as site, reached(site, request.param, folder) as client:
        yield client


@pytest.fixture(scope="module")
def https_site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    with django_db_blocker.unblock(), served("https", tmp_path_factory.mktemp("https")) as site:
        yield site


def outcome(site: httpx.Client, *headers: tuple[str, str]) -> tuple[int, str | None]:
    answer = site.get("/api/v1/test", headers=list(headers))
    return answer.status_code, answer.json().get("code")


def test_no_header_spelling_gets_past_addresses_or_throttle(site, crm):
    key = crm.token.reveal()
    ApiKey.objects.update(addresses=f"{ALLOWED}/32")

    outside = [outcome(site, ("API-Key", key), (spelling, ALLOWED)) for spelling in SPELLINGS]
    guesses = [
        outcome(site, ("API-Key", Token.mint("live").reveal()), ("X_Forwarded_For", f"203.0.113.{number}"))
        for number in range(LIMIT + 1)
    ]

    assert set(outside) == {(403, "address_not_allowed")}
    assert guesses == [(401, "invalid_key")] * LIMIT + [(429, "too_many_failures")]


def test_a_credential_has_one_name_and_comes_once(site, crm):
    key = crm.token.reveal()

    assert outcome(site, ("API_Key", key)) == (401, "missing_key")
    assert outcome(site, ("X_API_Key", key)) == (401, "missing_key")
    assert outcome(site, ("API-Key", key), ("API_Key", "other")) == (200, None)
    assert outcome(site, ("API_Key", "other"), ("API-Key", key)) == (200, None)
    assert outcome(site, ("API-Key", key), ("API-Key", key)) == (400, "ambiguous_credentials")
    assert outcome(site, ("X-API-Key", key), ("API-Key", key)) == (400, "ambiguous_credentials")


@pytest.mark.parametrize("way", WAYS)
def test_no_spelling_of_a_header_turns_http_into_https(https_site, way, tmp_path, crm):
    key = crm.token.reveal()

    with reached(https_site, way, tmp_path) as client:
        for name in ("X_Forwarded_Proto", "X-Forwarded_Proto", "x_forwarded_proto"):
            assert outcome(client, ("API-Key", key), (name, "https")) == (403, "https_required")


def test_the_environment_of_the_server_is_no_source_of_headers(static_files, tmp_path, crm):
    key = crm.token.reveal()
    environment = {"HTTP_API_KEY": key, "HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_X_FORWARDED_FOR": ALLOWED}
    ApiKey.objects.update(addresses=f"{ALLOWED}/32")

    with running_server(tmp_path / "log", **BEHIND_ONE, **environment) as server:
        without = server.http.get("/api/v1/test").json()["code"]
        outside = server.http.get("/api/v1/test", headers={"X-API-Key": key}).json()["code"]

    assert (without, outside) == ("missing_key", "address_not_allowed")


SERVERS = {
    "granian": GRANIAN,
    "gunicorn": ("gunicorn", "--bind=127.0.0.1:{port}", "--threads=2", "--no-control-socket", "config.wsgi"),
    "waitress": ("waitress", "--listen=127.0.0.1:{port}", "config.wsgi:application"),
    "uvicorn": ("uvicorn", "--port", "{port}", "--lifespan", "off", "--ws", "none", "config.asgi:application"),
}


@pytest.mark.full  # other people's servers; behind granian, the tests above ask the same and more
@pytest.mark.parametrize("server", SERVERS)
def test_every_supported_server_keeps_the_names_of_headers_apart(server, static_files, tmp_path, crm):
    key = crm.token.reveal()

    with running_server(tmp_path / "log", SERVERS[server], HTTP_API_KEY=key, **BEHIND_ONE) as site:
        assert outcome(site.http) == (401, "missing_key")
        assert outcome(site.http, ("API_Key", key)) == (401, "missing_key")
        assert outcome(site.http, ("X-API-Key", key), ("API_Key", "other")) == (200, None)
        assert outcome(site.http, ("X-API-Key", key), ("X-API-Key", key)) == (400, "ambiguous_credentials")
        assert outcome(site.http, ("X-API-Key", key), ("Authorization", f"Bearer {key}"))[0] == 400


def test_a_server_that_mixes_names_up_is_named_in_the_log(static_files, tmp_path, crm):
    by_wsgi = ("granian", *BY_WSGI, "--port", "{port}", "config.wsgi:application")

    with running_server(tmp_path / "log", by_wsgi) as site:
        for _ in range(3):
            site.test(crm.token.reveal())

    assert site.log.read_text().count("clients can forge what your proxy writes") == 1
