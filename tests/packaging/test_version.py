"""The version is written once, in `oncekeys/__init__.py`, and a running site says it."""

import subprocess
import sys
from pathlib import Path

import oncekeys

ROOT = Path(__file__).resolve().parents[2]


def test_manage_py_says_the_version_without_any_settings():
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "version"], env={}, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == (f"oncekeys {oncekeys.__version__}\n", "")


def test_health_probe_says_the_version(client):
    assert client.get("/healthz").text == f"ok\noncekeys {oncekeys.__version__}\n"


def test_changelog_tells_of_this_version():
    assert f"\n## {oncekeys.__version__}" in (ROOT / "CHANGELOG.md").read_text()
