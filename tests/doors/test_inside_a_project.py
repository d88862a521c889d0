"""The app inside a new Django project, set up as `docs/django.md` says, with nothing else of this site."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.doors.test_integrating import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Python reads this file when it starts: to import one of these then fails, as if it were not installed.
SITECUSTOMIZE = "import sys; sys.modules.update(dict.fromkeys({absent}))"
# Django's default is a mail server on this machine.
AROUND_IT = 'EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"\n'
SETTINGS_OF_THEIR_TESTS = "from shop.settings import *\n"

LIFE_OF_A_KEY = """
import re
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

call_command("makemigrations", "--check", "--dry-run", verbosity=0)
call_command("migrate", verbosity=0)
ada = User.objects.create_user("ada", email="ada@acme.example")
browser, program = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
browser.force_login(ada)
PAGES = "/settings/integrations/apis-webhooks/"


def call(key):
    return program.get("/api/v1/test", headers={"API-Key": key})


created = browser.post(f"{PAGES}keys/new/", {"name": "CRM", "environment": "production", "scopes": ["full"]})
key = re.search(r"ok_live_\\w{62}", re.sub("<[^>]+>", "", created.content.decode()))[0]
print(call(key).json()["account"]["external_id"])
print(program.get("/whoami", headers={"API-Key": key}).json()["user"] == ada.pk)
browser.post(f"{PAGES}keys/{key[8:20]}/delete/")
print(call(key).json()["code"])
"""

# Another project, whose database is its own and whose keys are those of the first.
SETTINGS_OF_AN_API = """
from shop.settings import *
DATABASES = {"default": {**DATABASES["default"], "NAME": "api.sqlite3"}, "oncekeys": DATABASES["default"]}
DATABASE_ROUTERS = ["oncekeys.routers.KeysRouter"]
ONCEKEYS_BACKGROUND = "now"
"""

CALL = """
from django.core.management import call_command
from django.db import connections
from django.test import Client
from oncekeys.models import ApiKey

call_command("migrate", verbosity=0)
key = open("key").read().strip()
print(Client(SERVER_NAME="localhost").get("/api/v1/test", headers={"API-Key": key}).json()["account"]["slug"])
print(ApiKey.objects.get().last_used_at is not None)
print([name for name in connections["default"].introspection.table_names() if name.startswith("oncekeys")])
"""

TEST_CASE = """
import unittest
from django.core.management import call_command
from django.test import TestCase
from oncekeys.testing import background_is_now, committed, new_key


@background_is_now()
class Orders(TestCase):
    def test_use_is_counted(self):
        key = new_key(scopes=["read-only"])
        with committed():
            self.client.get("/orders", headers={"API-Key": key.token.reveal()})
        key.api_key.refresh_from_db()
        self.assertIsNotNone(key.api_key.last_used_at)


call_command("migrate", verbosity=0)
unittest.main(argv=["tests"])
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


def only_the_site_needs() -> list[str]:
    """Return modules that can be imported here, but not where the app was installed alone."""
    site = {name_of(line) for line in (ROOT / "requirements" / "base.in").read_text().splitlines() if line[0] != "#"}
    absent = site - {name_of(line) for line in PACKAGE["project"]["dependencies"]}
    modules = packages_distributions().items()
    return [
        "accounts",
        "config",
        *(module for module, names in modules if absent.intersection(map(name_of, names)) and module[0].isalpha()),
    ]


def name_of(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement)[0].lower()


@pytest.fixture
def project(tmp_path) -> Callable[..., Run]:
    """A project as Django makes one, and the documented lines: `project(more)` adds to its settings.

    It returns what runs a script there.
    """

    def begin(more: str = "", *, absent: list[str] | None = None) -> Run:
        (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE.format(absent=absent or only_the_site_needs()))

        def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, *arguments],
                cwd=tmp_path,
                env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "DJANGO_SETTINGS_MODULE": "shop.settings"},
                input=typed,
                capture_output=True,
                text=True,
                check=False,
            )

        made = run("-m", "django", "startproject", "shop", ".", "--settings=django.conf.global_settings")
        assert made.returncode == 0, made.stderr
        add(tmp_path / "shop" / "settings.py", EXAMPLES["settings"], AROUND_IT, more)
        (tmp_path / "orders.py").write_text(EXAMPLES["decorator"])
        (tmp_path / "whoami.py").write_text(EXAMPLES["plain"])
        theirs = "import orders, whoami\nurlpatterns += orders.urlpatterns + whoami.urlpatterns\n"
        add(tmp_path / "shop" / "urls.py", EXAMPLES["urls"], theirs)
        return run

    return begin


def add(file: Path, *lines: str) -> None:
    with file.open("a") as text:
        text.writelines(lines)


def script(run: Run, text: str) -> subprocess.CompletedProcess[str]:
    return run("manage.py", "shell", "--no-imports", typed=text)


def test_a_key_lives_and_dies_there_and_nothing_complains(project):
    done = script(project(), LIFE_OF_A_KEY)

    assert done.stdout.split() == ["auth.user:1", "True", "invalid_key"], done.stderr
    assert done.stderr == ""


@pytest.mark.full  # as in tests/hosts
def test_keys_are_made_there_by_commands_alone(project):
    run = project()
    run("manage.py", "migrate", "--verbosity", "0")
    account = ("manage.py", "create_account", "Acme Logistics", "--external-id", "shop.organisation:42")

    made, again = run(*account), run(*account)
    key = run("manage.py", "create_api_key", "shop.organisation:42", "Nightly import", "--scope", "read-only")

    assert (made.stdout, made.stdout) == (again.stdout, "acme-logistics\n"), made.stderr
    assert re.fullmatch(r"ok_live_\w{62}\n", key.stdout), key.stderr


@pytest.mark.full
def test_another_project_takes_the_same_keys_by_one_router(project, tmp_path):
    run = project()
    run("manage.py", "migrate", "--verbosity", "0")
    run("manage.py", "create_account", "Acme")
    (tmp_path / "key").write_text(run("manage.py", "create_api_key", "acme", "CRM").stdout)
    (tmp_path / "api_settings.py").write_text(SETTINGS_OF_AN_API)

    done = run("manage.py", "shell", "--no-imports", "--settings=api_settings", typed=CALL)

    assert done.stdout.splitlines() == ["acme", "True", "[]"], done.stderr


def test_the_documented_tests_pass_there(project, tmp_path):
    run = project()
    (tmp_path / "their_test_settings.py").write_text(SETTINGS_OF_THEIR_TESTS + EXAMPLES["tests-settings"])
    (tmp_path / "test_with_helpers.py").write_text(EXAMPLES["tests"])
    (tmp_path / "test_with_fixtures.py").write_text(EXAMPLES["tests-fixtures"])

    done = run("-m", "pytest", "--ds=their_test_settings", "-W", "error", "-q")

    assert "2 passed" in done.stdout, done.stdout


@pytest.mark.full
def test_helpers_for_tests_do_without_pytest(project):
    done = script(project(absent=["pytest", *only_the_site_needs()]), TEST_CASE)

    assert "\nOK\n" in done.stderr, done.stderr


@pytest.mark.full
def test_a_command_that_needs_the_pages_says_so_in_one_sentence(project):
    done = project("ROOT_URLCONF = 'orders'\n")("manage.py", "send_expiry_warnings")

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"CommandError: .* include oncekeys\.urls first\.\n", done.stderr), done.stderr


@pytest.mark.full
def test_a_project_that_forgot_its_public_address_is_told_so(project):
    done = project("del PUBLIC_URL\n")("manage.py", "check")

    assert done.returncode == 1
    assert "oncekeys.E006" in done.stderr


def test_the_site_runs_on_what_the_app_requires():
    site = {name_of(line) for line in (ROOT / "requirements" / "base.in").read_text().splitlines()}

    assert {name_of(line) for line in PACKAGE["project"]["dependencies"]} <= site
