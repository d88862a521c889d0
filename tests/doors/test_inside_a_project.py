"""Our app inside a project of somebody else, set up as `docs/integrating.md` says, with nothing else of this site."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.doors.test_integrating import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = tomllib.loads((ROOT / "pyproject.toml").read_text())

MANAGE = """
import sys
sys.modules.update(dict.fromkeys({absent}))  # so that to import one of them fails

import django
from django.conf import settings

settings.configure(
    DATABASES={{"default": {{
        "ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3",
        "OPTIONS": {{"transaction_mode": "IMMEDIATE"}},  # as docs/integrating.md asks for, so that writers wait
    }}}},
    SECRET_KEY="x", ROOT_URLCONF="urls", ALLOWED_HOSTS=["testserver"],
    **{{name: value for name, value in vars(__import__("their_settings")).items() if name.isupper()}},
)

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])
"""

LIFE_OF_A_KEY = """
import manage
manage.django.setup()

from datetime import timedelta
from django.core.management import call_command
from django.test import Client
from oncekeys.models import Account
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By

call_command("makemigrations", "--check", "--dry-run", verbosity=0)
call_command("migrate", verbosity=0)
call_command("create_account", "Acme", "--owner", "ada@acme.example")
made = api_keys.create(account=Account.objects.get(), by=By.system(), name="CRM")
key = made.token.reveal()
print(Client().get("/orders", headers={"API-Key": key}, secure=True).json()["account"])
print(Client().get("/orders", headers={"API-Key": key}).json()["code"])
print(Client().get("/orders", secure=True).json()["code"])
made = rotation.rotate(api_key=made.api_key, by=By.system(), grace=timedelta(0))
api_keys.delete(api_key=made.api_key, by=By.system())
"""

SIGN_IN_OF_THEIR_OWN = """
INSTALLED_APPS += ["django.contrib.sessions", "allauth", "allauth.account"]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
"""


SETTINGS_OF_THEIR_TESTS = """
from their_settings import *
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
SECRET_KEY, ROOT_URLCONF = "x", "urls"
"""

TEST_CASE = """
import manage
manage.django.setup()

import unittest
from django.core.management import call_command
from django.test import TestCase
from oncekeys.testing import background_is_now, committed, new_key


@background_is_now()
class Orders(TestCase):
    def test_use_is_counted(self):
        key = new_key(scopes=["read-only"])
        with committed():
            self.client.get("/orders", headers={"API-Key": key.token.reveal()}, secure=True)
        key.api_key.refresh_from_db()
        self.assertIsNotNone(key.api_key.last_used_at)


call_command("migrate", verbosity=0)
unittest.main()
"""


def only_the_site_needs() -> list[str]:
    """What can be imported here and would not be there, where the package was installed alone."""
    site = {name_of(line) for line in (ROOT / "requirements" / "base.in").read_text().splitlines() if line[0] != "#"}
    absent = site - {name_of(line) for line in PACKAGE["project"]["dependencies"]}
    modules = packages_distributions().items()
    return ["oncekeys", *(module for module, names in modules if absent.intersection(map(name_of, names)))]


def name_of(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement)[0].lower()


@pytest.fixture
def project(tmp_path):
    """A folder with their settings: `project(more)` adds to them. It returns what runs a script there."""

    def begin(more: str = "", *, absent: list[str] | None = None):
        (tmp_path / "their_settings.py").write_text(EXAMPLES["settings"] + more)
        (tmp_path / "urls.py").write_text(EXAMPLES["decorator"])
        (tmp_path / "manage.py").write_text(MANAGE.format(absent=only_the_site_needs() if absent is None else absent))

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, *arguments],
                cwd=tmp_path,
                env={"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )

        return run

    return begin


def test_a_key_lives_and_dies_there_and_nothing_complains(project):
    done = project()("-c", LIFE_OF_A_KEY)

    assert done.stdout.split() == ["acme", "https_required", "missing_key"], done.stderr
    assert done.stderr.splitlines() == ["The account “acme” is ready, and ada@acme.example owns it."]


def test_the_documented_tests_pass_there(project, tmp_path):
    run = project()
    (tmp_path / "their_test_settings.py").write_text(SETTINGS_OF_THEIR_TESTS + EXAMPLES["tests-settings"])
    (tmp_path / "test_with_helpers.py").write_text(EXAMPLES["tests"])
    (tmp_path / "test_with_fixtures.py").write_text(EXAMPLES["tests-fixtures"])

    done = run("-m", "pytest", "--ds=their_test_settings", "-W", "error", "-q")

    assert "2 passed" in done.stdout, done.stdout


def test_helpers_for_tests_do_without_pytest(project):
    done = project(absent=["pytest", *only_the_site_needs()])("-c", TEST_CASE)

    assert done.stderr.endswith("OK\n"), done.stderr


@pytest.mark.parametrize("command", [["send_expiry_warnings"], ["switch_off_two_step", "ada@acme.example"]])
def test_a_command_that_needs_the_pages_says_so_in_one_sentence(project, command):
    done = project()("manage.py", *command)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"CommandError: This command belongs to the site with its pages.*\n", done.stderr)


def test_a_sign_in_by_the_same_library_stays_theirs(project):
    run = project(SIGN_IN_OF_THEIR_OWN, absent=["allauth.mfa", "oncekeys"])

    done = run("-c", LIFE_OF_A_KEY + "import sys; print('accounts.sign_in' in sys.modules)")

    assert done.stdout.split() == ["acme", "https_required", "missing_key", "False"], done.stderr


def test_a_project_that_forgot_its_public_address_is_told_so(project):
    done = project("del PUBLIC_URL")("manage.py", "check")

    assert done.returncode == 1
    assert "oncekeys.E006" in done.stderr


def test_the_package_is_the_app_alone_in_the_versions_of_the_site():
    site = (ROOT / "requirements" / "base.in").read_text().splitlines()

    assert PACKAGE["tool"]["setuptools"]["packages"]["find"]["include"] == ["accounts*"]
    assert set(PACKAGE["project"]["dependencies"]) <= set(site)
