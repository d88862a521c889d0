"""On a machine of your own it runs from a bare checkout, and answers to each of the machine's names."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev.servers import running_server

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["localhost", "127.0.0.1"]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def settings(code: str, **environment: str) -> str:
    """Return what this prints when only SECRET_KEY is set."""
    bare = {"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 60, "ENV_FILE": os.devnull, **environment}
    done = subprocess.run(
        [sys.executable, "-c", f"from config import settings; print({code})"],
        env=bare,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_bare_checkout_makes_the_folder_of_its_database(tmp_path):
    for name in ("accounts", "config", "oncekeys"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "accounts", "0001"],
        env=inherited,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "var" / "oncekeys.sqlite3").exists()


def test_by_default_the_address_is_a_name_to_which_passkeys_can_belong():
    address = settings("settings.PUBLIC_URL, settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN")

    assert address == "http://localhost:8000 True"


@pytest.mark.parametrize("url", ["http://localhost:8001", "http://127.0.0.1", "http://[::1]:8001"])
def test_a_machine_of_your_own_answers_to_all_of_its_names(url):
    assert settings("settings.ALLOWED_HOSTS", PUBLIC_URL=url) == "['localhost', '127.0.0.1', '[::1]']"


def test_a_deployment_answers_to_its_own_name_alone():
    assert settings("settings.ALLOWED_HOSTS", PUBLIC_URL="https://keys.acme.example") == "['keys.acme.example']"


@pytest.mark.django_db(transaction=True)
def test_a_person_signs_in_by_each_of_its_names(ada, static_files, tmp_path):
    ada.set_password("correct horse battery staple")
    ada.save()
    answers = []

    with running_server(tmp_path / "log", PUBLIC_URL="http://localhost") as server:
        for name in NAMES:
            address = server.url.replace("127.0.0.1", name)
            with server.client(headers={"Origin": address}) as browser:
                token = TOKEN.findall(browser.get(f"{address}/login/").text)[0]
                form = {"login": ada.email, "password": "correct horse battery staple", "csrfmiddlewaretoken": token}
                answers.append(browser.post(f"{address}/login/", data=form))

    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, "/")] * len(NAMES)
