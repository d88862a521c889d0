"""Every example in `docs/integrating.md` runs as it stands there."""

import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
from django.conf import settings as configured

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"```python name=([\w-]+)\n(.*?)```", re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall((ROOT / "docs" / "integrating.md").read_text()))


def module_of(name: str) -> types.ModuleType:
    module = types.ModuleType(name.replace("-", "_"))
    exec(EXAMPLES[name], vars(module))
    return module


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "path", "header"),
    [
        ("decorator", "/orders", "API-Key"),
        ("decorator", "/invoices", "API-Key"),
        ("middleware", "/protected/orders", "API-Key"),
        ("drf", "/orders", "API-Key"),
        ("ninja", "/orders", "API-Key"),
        ("authenticate", "/orders", "X-Our-Own"),
    ],
)
def test_an_example_lets_a_key_in_and_nobody_else(client, crm, settings, name, path, header):
    settings.ROOT_URLCONF = module_of(name)
    if name == "middleware":
        extra = module_of("middleware-settings")
        settings.MIDDLEWARE = [*configured.MIDDLEWARE, *extra.MIDDLEWARE]
        settings.ONCEKEYS_PROTECTED_PATHS = extra.ONCEKEYS_PROTECTED_PATHS

    let_in = client.get(path, headers={header: crm.token.reveal()})
    refused = client.get(path)

    assert let_in.json() == {"account": "acme"}
    assert refused.status_code == 401


def test_no_example_is_left_out():
    tried = {"decorator", "middleware", "middleware-settings", "drf", "ninja", "authenticate", "settings"}

    assert EXAMPLES.keys() == tried


PROJECT = """
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    SECRET_KEY="x", ROOT_URLCONF="urls", ALLOWED_HOSTS=["testserver"], USE_TZ=True,
    **{name: value for name, value in vars(__import__("their_settings")).items() if name.isupper()},
)
django.setup()

from django.core.management import call_command
from django.test import Client
from accounts.models import Account
from accounts.services import api_keys

call_command("makemigrations", "--check", "--dry-run", verbosity=0)
call_command("migrate", verbosity=0)
call_command("create_account", "Acme", "--owner", "ada@acme.example")
key = api_keys.create(account=Account.objects.get(), actor=None, name="CRM").token.reveal()
print(Client().get("/orders", headers={"API-Key": key}, secure=True).json()["account"])
print(Client().get("/orders", headers={"API-Key": key}).json()["code"])
print(Client().get("/orders", secure=True).json()["code"])
"""


def test_our_app_works_inside_a_project_that_has_nothing_else_of_this_site(tmp_path):
    (tmp_path / "their_settings.py").write_text(EXAMPLES["settings"])
    (tmp_path / "urls.py").write_text(EXAMPLES["decorator"])
    (tmp_path / "project.py").write_text(PROJECT)

    done = subprocess.run(
        [sys.executable, "project.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["acme", "https_required", "missing_key"], done.stderr
