"""Every example of `docs/django.md` and `docs/consumers.md` runs as it is written there."""

import json
import logging
import os
import re
import subprocess
import sys
import types
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from django.utils.module_loading import import_string

from dev.ports import free_port
from dev.programs import find_program
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey
from oncekeys.services import rotation
from oncekeys.services.by import By
from tests.hosts.shop import settings as shop

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"```python name=([\w-]+)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"```sh name=([\w-]+)\n(.*?)```", re.DOTALL)
DOCUMENT = "".join((ROOT / "docs" / name).read_text() for name in ("django.md", "consumers.md"))
EXAMPLES = dict(EXAMPLE.findall(DOCUMENT))
COMMANDS = dict(COMMAND.findall(DOCUMENT))
RATES = shop.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]


def module_of(name: str, **before: object) -> types.ModuleType:
    """`before` is what the project has there already."""
    module = types.ModuleType(name.replace("-", "_"))
    vars(module).update(before)
    exec(EXAMPLES[name], vars(module))
    return module


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "path", "header"),
    [
        ("decorator", "/orders", "API-Key"),
        ("decorator", "/invoices", "API-Key"),
        ("class", "/orders", "API-Key"),
        ("class", "/invoices", "API-Key"),
        ("middleware", "/protected/orders", "API-Key"),
        ("drf", "/orders", "API-Key"),
        ("ninja", "/orders", "API-Key"),
        ("authenticate", "/orders", "X-Our-Own"),
    ],
)
def test_an_example_lets_in_only_keys(client, crm, settings, name, path, header):
    settings.ROOT_URLCONF = module_of(name)
    if name == "middleware":
        extra = module_of("middleware-settings")
        settings.MIDDLEWARE = [*configured.MIDDLEWARE, *extra.MIDDLEWARE]
        settings.ONCEKEYS_PROTECTED_PATHS = extra.ONCEKEYS_PROTECTED_PATHS

    let_in = client.get(path, headers={header: crm.token.reveal()})
    refused = client.get(path)

    assert let_in.json() == {"account": "acme"}
    assert refused.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "path", "header"),
    [
        ("decorator-scopes", "/orders", "API-Key"),
        ("middleware-scopes", "/protected/orders", "API-Key"),
        ("drf-scopes", "/orders", "API-Key"),
        ("ninja-scopes", "/orders", "API-Key"),
        ("authenticate-scopes", "/orders", "X-Our-Own"),
    ],
)
def test_an_example_with_scopes_lets_in_only_keys_with_them(client, crm, settings, name, path, header):
    settings.ROOT_URLCONF = module_of("middleware" if name == "middleware-scopes" else name)
    if name == "middleware-scopes":
        extra = module_of("middleware-scopes-settings")
        settings.MIDDLEWARE = [*configured.MIDDLEWARE, *extra.MIDDLEWARE]
        settings.ONCEKEYS_PROTECTED_PATHS = extra.ONCEKEYS_PROTECTED_PATHS

    let_in = client.get(path, headers={header: crm.token.reveal()})
    ApiKey.objects.update(scopes="read-only")
    refused = client.get(path, headers={header: crm.token.reveal()})

    assert let_in.json() == {"account": "acme"}
    assert refused.status_code == 403


@pytest.mark.django_db
def test_a_project_offers_test_rotation_and_revocation(client, crm, settings):
    settings.ROOT_URLCONF = module_of("urls", urlpatterns=[])
    old = {"API-Key": crm.token.reveal()}

    tried = client.get("/api/v1/test", headers=old)
    rotated = client.post("/api/v1/key/rotate", headers=old, content_type="application/json")
    revoked = client.delete("/api/v1/key", headers=old)

    assert [answer.status_code for answer in (tried, rotated, revoked)] == [200, 200, 204]


@pytest.mark.django_db
def test_refusals_name_the_reference_in_the_language_of_their_path(client, settings):
    api = i18n_patterns(path("api/", include("oncekeys.api_urls")))
    settings.ROOT_URLCONF = types.ModuleType("below_languages")
    settings.ROOT_URLCONF.urlpatterns = api
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]

    named = [client.get(f"/{language}/api/v1/test").json()["type"] for language in ("en", "de", "en")]

    assert [urlsplit(each).path for each in named] == ["/en/api/", "/de/api/", "/en/api/"]


def test_the_formatter_keeps_a_key_out_of_a_log():
    key = Token.mint("live").reveal()
    (formatter,) = module_of("logging-settings").LOGGING["formatters"].values()

    line = import_string(formatter["class"])(formatter["format"]).format(logging.makeLogRecord({"msg": key}))

    assert "ok_live_" in line
    assert key not in line


def test_the_shop_runs_with_the_documented_cors_and_throttle():
    cors, throttled = module_of("cors-settings"), module_of("drf-throttled-settings").REST_FRAMEWORK
    (throttle,) = map(import_string, throttled["DEFAULT_THROTTLE_CLASSES"])

    assert cors.CORS_ALLOW_HEADERS == shop.CORS_ALLOW_HEADERS
    assert cors.CORS_EXPOSE_HEADERS == shop.CORS_EXPOSE_HEADERS
    assert {throttle.scope} == throttled["DEFAULT_THROTTLE_RATES"].keys() == RATES.keys()


def test_every_setting_of_the_app_is_named():
    settings = set(re.findall(r"ONCEKEYS_[A-Z0-9_]+", (ROOT / "oncekeys" / "conf.py").read_text()))

    assert settings
    assert {name for name in settings if f"`{name}`" not in DOCUMENT} == set()


@pytest.mark.django_db(transaction=True)
def test_the_script_puts_a_new_key_in_the_place_of_the_old_one(server, crm, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text(crm.token.reveal() + "\n")

    run([sys.executable, "-c", EXAMPLES["rotate"]], KEY_FILE=str(key_file), ONCEKEYS_URL=server.url)

    successor = key_file.read_text()
    assert successor != crm.token.reveal()
    assert key_file.stat().st_mode & 0o077 == 0, "no one else may read it"
    assert [server.test(key).status_code for key in (successor, crm.token.reveal())] == [200, 200]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("away", [False, True])
def test_the_script_prints_why_it_was_refused_and_leaves_no_file_behind(server, crm, ada, tmp_path, away):
    key_file = tmp_path / "key"
    key_file.write_text(crm.token.reveal())
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1))
    url = f"http://127.0.0.1:{free_port()}" if away else server.url

    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES["rotate"]],
        env={**os.environ, "KEY_FILE": str(key_file), "ONCEKEYS_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert ("Connection refused" if away else "This key has already been rotated") in sentence
    assert [file.name for file in tmp_path.iterdir()] == ["key"]
    assert key_file.read_text() == crm.token.reveal()


@pytest.mark.django_db(transaction=True)
def test_the_commands_rotate_and_revoke_a_key(server, crm):
    find_program("curl")
    old = crm.token.reveal()

    rotated = json.loads(run(["sh", "-c", COMMANDS["rotate"]], ONCEKEYS_API_KEY=old, ONCEKEYS_URL=server.url))
    run(["sh", "-c", COMMANDS["revoke"]], ONCEKEYS_API_KEY=old, ONCEKEYS_URL=server.url)

    assert rotated.keys() == json.loads(ANSWER.search(DOCUMENT)[1]).keys()
    assert server.test(rotated["api_key"]).status_code == 200
    assert server.test(old).json()["code"] == "invalid_key"


ANSWER = re.compile(r"```json\n(.*?)```", re.DOTALL)


def run(command: list[str], **environment: str) -> str:
    """Return what it prints."""
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_example_is_left_out():
    doors = {"decorator", "drf", "ninja", "authenticate"}
    settings = {"settings", "logging-settings", "middleware-settings", "middleware-scopes-settings"}
    settings |= {"cors-settings", "drf-throttled-settings", "tests-settings"}
    others = {
        "activity-csv",
        "channels",
        "class",
        "middleware",
        "plain",
        "rotate",
        "sentry",
        "tests",
        "tests-fixtures",
        "urls",
    }

    assert EXAMPLES.keys() == doors | {f"{door}-scopes" for door in doors} | settings | others
    assert COMMANDS.keys() == {"rotate", "revoke"}
