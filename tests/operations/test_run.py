"""`make run`, after it has installed what it needs: what README.md says of it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.plugins.ports import free_port
from tests.servers import ROOT

NEEDED = ["accounts", "locale", "oncekeys", "scripts", "static", "templates"]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
# What the tests have set for themselves, and a newcomer has not.
OF_THE_TESTS = {"SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "ENV_FILE", "DEBUG"}


@contextmanager
def a_checkout_that_runs(folder: Path, **asked: str) -> Iterator[list[str]]:
    """Gives the lines that it prints."""
    for name in NEEDED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    bare = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    command = [sys.executable, "scripts/run.py"]
    with subprocess.Popen(command, cwd=folder, env={**bare, **asked}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield [process.stdout.readline().strip() for _ in range(3)]
        finally:
            process.terminate()


def test_it_prints_where_to_sign_in_and_with_what(tmp_path):
    port = str(free_port())

    with (
        a_checkout_that_runs(tmp_path, PORT=port, DEMO_PASSWORD="a password for the demo") as lines,
        httpx.Client(base_url=f"http://localhost:{port}", trust_env=False) as browser,
    ):
        token = TOKEN.findall(browser.get("/login/").text)[0]
        form = {"login": "ada@acme.example", "password": "a password for the demo", "csrfmiddlewaretoken": token}
        signed_in = browser.post("/login/", data=form, follow_redirects=True)

    assert lines == [f"URL: http://localhost:{port}/", "Email: ada@acme.example", "Password: a password for the demo"]
    assert signed_in.url.path == "/accounts/acme/"
    assert (tmp_path / "var" / "oncekeys.sqlite3").exists()


def test_a_second_start_on_the_same_port_refuses():
    port = free_port()

    with socket.socket() as shared:  # as a server does that lets others listen beside it
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(("127.0.0.1", port))
        shared.listen()
        done = subprocess.run(
            [sys.executable, "scripts/run.py"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stdout) == (1, "")
    assert f"Port {port} can't be used here" in done.stderr
