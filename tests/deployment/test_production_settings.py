"""The promises that `docs/operators.md` makes about production settings."""

import json
import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from dev import loopback
from dev.ports import free_port
from dev.servers import running_server

pytestmark = pytest.mark.xdist_group("production")

PRODUCTION = {
    "SECRET_KEY": "jG7q-9vXkW3mZr5TnB8yLs2HdPf6CaEu4RoKi1VwQxYtMbNz0-only-for-tests",
    "PUBLIC_URL": "https://keys.acme.example",
    "TRUSTED_PROXY_HOPS": "1",
    "CACHE_URL": "redis://cache.internal:6379/0",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("manage.py", *arguments, **environment)


def python(code: str, *, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return run("-c", code, given=given, **environment)


def run(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    # Only the browser's tests need that, in their own process; a deployment must not have it.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**inherited, **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_has_nothing_to_say():
    done = manage("check", "--deploy", "--fail-level", "DEBUG", **PRODUCTION)

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


OPENS_THE_SITE = {
    "DEBUG": ({"DEBUG": "true"}, "DEBUG set to True in deployment"),
    "short": ({"SECRET_KEY": "a-secret-key-of-too-few-characters"}, "Your SECRET_KEY has less than 50 characters"),
    "default": ({"SECRET_KEY": f"django-insecure-{PRODUCTION['SECRET_KEY']}"}, "Your SECRET_KEY has less than 50"),
    "former": ({"SECRET_KEY_FALLBACKS": "the-one-before"}, "SECRET_KEY_FALLBACKS[0] has less than 50 characters"),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "DEBUG" else pytest.mark.full) for name in OPENS_THE_SITE],
)
def test_a_server_on_https_refuses_what_opens_the_site(name):
    wrong, sentence = OPENS_THE_SITE[name]

    https = python("import config.asgi", **{**PRODUCTION, **wrong})

    assert https.returncode == 1, https.stderr
    assert sentence in https.stderr
    assert "Traceback" not in https.stderr


@pytest.mark.full
def test_a_server_on_http_starts_with_what_would_open_a_site():
    everything = {name: value for wrong, _ in OPENS_THE_SITE.values() for name, value in wrong.items()}

    http = python("import config.asgi", **everything, PUBLIC_URL="http://localhost:8000")

    assert http.returncode == 0, http.stderr


@pytest.mark.full
@pytest.mark.parametrize(("cache", "said"), [("database:", "config.I001"), ("locmem:", "config.W001")])
def test_the_deployment_check_says_what_a_cache_is_for(cache, said):
    done = manage("check", "--deploy", "--fail-level", "DEBUG", **{**PRODUCTION, "CACHE_URL": cache})

    assert done.returncode == 1
    assert said in done.stderr
    assert "wrong keys" in done.stderr


@pytest.mark.full  # as where a server starts
def test_argon2_below_the_minimum_is_refused():
    done = manage("check", ONCEKEYS_ARGON2_MEMORY_KIB="1024")

    assert done.returncode != 0
    assert "oncekeys.E001" in done.stderr


@pytest.mark.full  # as what Argon2 must cost
def test_an_unknown_environment_is_refused():
    done = manage("check", ONCEKEYS_ENVIRONMENT="moon")

    assert done.returncode != 0
    assert "oncekeys.E002" in done.stderr


@pytest.mark.parametrize("kind", [pytest.param("wsgi", marks=pytest.mark.full), "asgi"])
def test_a_server_refuses_to_start_where_the_check_would_complain(kind):
    done = python(f"import config.{kind}", ONCEKEYS_ARGON2_MEMORY_KIB="8")

    assert done.returncode != 0
    assert "oncekeys.E001" in done.stderr


WRONG = {
    "SECRET_KEY": ["", " ", "\udcff-and-forty-more-characters-of-a-random-secret"],
    "SECRET_KEY_FALLBACKS": [",", "the-one-before,", " "],
    "PUBLIC_URL": [
        "keys.example.com",
        "ftp://keys.example.com",
        "https://",
        "https://example.com/keys",
        "http://[x",
        "https://keys.example.com:port",
        "https://me@keys.example.com",
    ],
    "ALLOWED_HOSTS": ["https://keys.example.com"],
    "TRUSTED_PROXY_HOPS": ["one", "-1"],
    "SECURITY_CONTACTS": [
        "security@example.com",
        "http://example.com",
        "mailto:a@example.com,",
        "mailto:a\nExpires: x",
    ],
    "DATABASE_URL": [
        "foo://db/oncekeys",
        "mysql://db/oncekeys",
        "postgresql://db:port/oncekeys",
        "postgresql://db",
        "sqlite:///",
    ],
    "CACHE_URL": [
        "foo://cache",
        "memcached://cache",
        "redis:cache",
        "rediss://",
        "redis://cache:port",
        "redis://cache/a",
        "database://cache",
    ],
    "EMAIL_URL": [
        "foo://mail",
        "mail.internal:25",
        "smtp:mail",
        "smtps://mail",
        "smtp://mail:port",
        "smtp://mail?tsl=1",
        "smtp://mail?timeout=-1",
    ],
    "DEFAULT_FROM_EMAIL": ["oncekeys"],
    "LOG_LEVEL": ["LOUD"],
    "LOG_FORMAT": ["xml"],
    "SESSION_IDLE_HOURS": ["0", "a day"],
    "SESSION_HOURS": ["0"],
    "BREACHED_PASSWORDS_URL": ["ftp://service.example.com", "https://"],
    "DEBUG": ["perhaps"],
    "HSTS_SECONDS": ["a year"],
    "ENV_FILE": ["/not/there", "/"],
    "ONCEKEYS_FAILURES_PER_MINUTE": ["many"],
    "ONCEKEYS_ARGON2_MEMORY_KIB": ["99999999999"],
    "STATIC_ROOT": ["", ".", "/"],
}


# `manage.py check` once for each, in a child of a process that has already loaded what all of them need.
CHECK_EACH = """
import json, os, runpy, sys
import allauth, csp.constants, django.core.management, django.db.models, environs
for name, value in json.load(sys.stdin):
    read, write = os.pipe()
    if not os.fork():
        os.dup2(write, 2)
        os.close(write)
        os.environ[name] = value
        sys.argv = ["manage.py", "check"]
        runpy.run_path("manage.py", run_name="__main__")
        os._exit(0)
    os.close(write)
    with open(read) as said:
        print(json.dumps([name, value, said.read(), os.waitstatus_to_exitcode(os.wait()[1])]), flush=True)
"""


def test_a_wrong_setting_ends_in_one_sentence_that_names_it():
    wrong = [(name, value) for name, values in WRONG.items() for value in values]

    done = python(CHECK_EACH, given=json.dumps(wrong))

    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(name, value) for name, value, *_ in ends] == wrong, done.stderr
    assert [
        (name, value, said, code)
        for name, value, said, code in ends
        if code != 1 or len(said.splitlines()) != 1 or name not in said
    ] == []


@pytest.mark.parametrize("command", ["-c import config.wsgi", "-c import config.asgi", "-m config.serve"])
def test_every_server_names_a_wrong_setting_in_one_sentence(command):
    done = run(*command.split(" ", 1), CACHE_URL="foo://user:hunter2@cache")

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "CACHE_URL" in sentence
    assert "hunter2" not in sentence


def test_make_run_names_a_wrong_setting_in_one_sentence():
    done = run("scripts/run.py", PORT=str(free_port()), LOG_LEVEL="LOUD")

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "LOG_LEVEL" in sentence


def test_a_database_that_is_not_there_ends_a_command_in_one_sentence():
    done = manage("migrate", DATABASE_URL=f"postgresql://me:hunter2@127.0.0.1:{free_port()}/oncekeys")

    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.full  # as where it is not there
def test_an_unknown_database_option_ends_a_command_in_one_sentence():
    done = manage("migrate", DATABASE_URL="postgresql://127.0.0.1/oncekeys?sslmood=require")

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "DATABASE_URL" in sentence


def test_the_traceback_is_there_for_who_asks_for_it():
    assert "Traceback" in manage("check", "--traceback", LOG_LEVEL="LOUD").stderr


@pytest.mark.full  # one of each kind starts a server of other tests
@pytest.mark.parametrize(
    "addresses",
    [
        {"CACHE_URL": "rediss://:secret@cache.internal:6380/1", "EMAIL_URL": "smtp://mail"},
        {"CACHE_URL": "redis:///run/redis/redis.sock", "EMAIL_URL": "smtp://me:secret@mail:465/?ssl=True&timeout=5"},
        {"DATABASE_URL": "sqlite://:memory:", "EMAIL_URL": "submission://mail"},
    ],
)
def test_addresses_that_work_are_taken(addresses):
    done = manage("check", **addresses)

    assert done.returncode == 0, done.stderr


def test_the_scheme_of_the_public_url_may_be_in_capitals():
    code = "from config import settings; print(settings.PUBLIC_URL, settings.HTTPS)"

    assert python(code, PUBLIC_URL="HTTPS://Keys.Example.com/").stdout == "https://keys.example.com True\n"


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", "--check", "--dry-run")


def test_without_a_secret_key_nothing_starts():
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert 'Environment variable "SECRET_KEY" not set' in done.stderr


def test_debug_is_off_unless_asked_for():
    environment = {name: value for name, value in os.environ.items() if name != "DEBUG"}
    done = subprocess.run(
        [sys.executable, "-c", "from config import settings; print(settings.DEBUG)"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "False\n"


@pytest.fixture(scope="module")
def production(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """A server with production settings, as the proxy before it sees it."""
    with (
        django_db_blocker.unblock(),
        running_server(tmp_path_factory.mktemp("production") / "log", **PRODUCTION) as server,
        server.client(headers={"Host": "keys.acme.example", "X-Forwarded-Proto": "https"}) as proxy,
    ):
        yield proxy


@pytest.mark.django_db(transaction=True)
def test_a_page_comes_with_every_header_that_protects_it(production):
    headers = production.get("/login/").headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "max-age=31536000" in headers["Strict-Transport-Security"]


@pytest.mark.django_db(transaction=True)
def test_cookies_cannot_be_set_by_another_host_nor_read_in_clear(production, acme, ada, session_of, settings):
    settings.SECRET_KEY = PRODUCTION["SECRET_KEY"]
    (session,) = session_of(ada).values()
    pages = [
        production.get("/login/"),
        production.get("/accounts/acme/", headers={"Cookie": f"__Host-sessionid={session}"}),
    ]
    cookies = [cookie for page in pages for cookie in page.headers.get_list("Set-Cookie")]

    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-csrftoken", "__Host-account"}
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


@pytest.mark.django_db(transaction=True)
def test_plain_http_is_led_to_https_but_never_a_key(production):
    plain = {"X-Forwarded-Proto": "http"}

    page = production.get("/login/", headers=plain)
    api = production.get("/api/v1/test", headers={**plain, "API-Key": "ok_live_x"})

    assert (page.status_code, page.headers["Location"]) == (301, "https://keys.acme.example/login/")
    assert (api.status_code, api.json()["code"]) == (403, "https_required")


@pytest.mark.django_db(transaction=True)
def test_probes_need_neither_https_nor_the_right_host(production):
    for probe in ("/healthz", "/readyz"):
        answer = loopback.get(f"{production.base_url}{probe}".replace("//", "/").replace(":/", "://", 1))
        assert answer.status_code == 200


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_a_server_names_a_forgotten_proxy_in_its_log(static_files, tmp_path):
    forgotten = {**PRODUCTION, "TRUSTED_PROXY_HOPS": "0"}

    with running_server(tmp_path / "log", **forgotten) as server:
        page = server.http.get("/login/", headers={"Host": "keys.acme.example", "X-Forwarded-Proto": "https"})

    assert page.status_code == 503
    assert "Set TRUSTED_PROXY_HOPS" in server.log.read_text()
