"""The lines of the API reference do what they say, pasted as they are where ONCEKEYS_API_KEY is set."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from dev import loopback
from dev.programs import find_program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("server")]

CODE = re.compile(r'<code id="code-(\w+)-(\w+)">(.*?)</code>', re.DOTALL)


def pasted_into_a_shell(code: str, folder: Path) -> list[str]:
    find_program("curl")
    return ["sh", "-c", code]


def pasted_into_python(code: str, folder: Path) -> list[str]:
    return [sys.executable, "-c", code]


def pasted_into_node(code: str, folder: Path) -> list[str]:
    return ["node", "-e", code]


def pasted_into_go(code: str, folder: Path) -> list[str]:
    file = folder / "main.go"
    file.write_text(code)
    return ["go", "run", str(file)]


RUNTIMES: dict[str, Callable[[str, Path], list[str]]] = {
    "Shell": pasted_into_a_shell,
    "Python": pasted_into_python,
    **({"JavaScript": pasted_into_node} if shutil.which("node") else {}),
    **({"Go": pasted_into_go} if shutil.which("go") else {}),
}


@pytest.fixture
def samples(server) -> dict[tuple[str, str], str]:
    """Return the samples as the page shows them, by operation and language."""
    page = loopback.get(f"{server.url}/api/").text
    return {(operation, lang): unescape(code) for operation, lang, code in CODE.findall(page)}


def run(command: list[str], key: str) -> str:
    """Return what it prints."""
    environment = {**os.environ, "ONCEKEYS_API_KEY": key, "GO111MODULE": "off", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("lang", RUNTIMES)
def test_the_lines_work_as_they_are(server, crm, samples, tmp_path, lang):
    def do(operation: str, key: str = crm.token.reveal()) -> str:
        return run(RUNTIMES[lang](samples[operation, lang], tmp_path), key)

    assert "Your API key works." in do("test")
    assert "204" in do("verify")
    (successor,) = re.findall(r"ok_live_\w{62}", do("rotate"))
    assert server.test(successor).status_code == 200
    assert "204" in do("revoke")
    assert server.test(crm.token.reveal()).json()["code"] == "invalid_key"


@pytest.mark.parametrize("lang", RUNTIMES)
def test_the_lines_print_why_a_key_is_refused(server, samples, tmp_path, lang):
    assert "None, null or undefined" in run(RUNTIMES[lang](samples["test", lang], tmp_path), "undefined")


def test_every_operation_has_the_same_languages(server, samples):
    description = json.loads(loopback.get(f"{server.url}/api/openapi.json").text)
    operations = [item["operationId"] for items in description["paths"].values() for item in items.values()]

    assert {key for key in samples if key[1] != "response"} == {
        (operation, lang) for operation in operations for lang in ("Shell", "Python", "JavaScript", "Go")
    }
