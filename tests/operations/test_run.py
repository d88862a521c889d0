"""`make run`, after it has installed what it needs: what README.md says of it."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import httpx
import pytest

from accounts.forms.members import InviteForm
from config.serve import why_not
from dev import loopback
from dev.mail_server import mail_server
from dev.ports import free_port
from dev.servers import ROOT
from oncekeys.forms.api_keys import ApiKeyForm
from tests.pages import ACTIVITY, KEYS
from tests.soon import soon

NEEDED = ["accounts", "config", "locale", "oncekeys", "scripts", "static", "templates"]
README = (ROOT / "README.md").read_text()
PASSWORD = "a password for the demo"
KEY = re.compile(r"ok_live_\w{12}_\w{49}")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
# What the tests have set for themselves, and a newcomer has not.
OF_THE_TESTS = {"SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "ENV_FILE", "DEBUG", "STATIC_ROOT"}

# One demo for all of them.
pytestmark = pytest.mark.xdist_group("demo")


@contextmanager
def running(folder: Path, errors: IO[bytes] | None = None, **asked: str) -> Iterator[subprocess.Popen[str]]:
    """`make run` in a group of its own, as a shell starts it."""
    bare = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    command = [sys.executable, "scripts/run.py"]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**bare, **asked},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A folder in which nothing has run yet."""
    folder: Path = tmp_path_factory.mktemp("checkout")
    for name in NEEDED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    return folder


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def mails():
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def lines(checkout, port, mails) -> Iterator[list[str]]:
    """The first lines of the demo, while it serves."""
    with running(checkout, PORT=str(port), DEMO_PASSWORD=PASSWORD, EMAIL_URL=mails.url) as process:
        assert process.stdout
        yield [process.stdout.readline().strip() for _ in range(3)]


@pytest.fixture(scope="module")
def browser(lines, port) -> Iterator[httpx.Client]:
    """Ada's, just signed in to the demo."""
    with loopback.Client(base_url=f"http://localhost:{port}", trust_env=False, follow_redirects=True) as client:
        signed_in = post(client, "/login/", login="ada@acme.example", password=PASSWORD)
        assert signed_in.url.path == "/accounts/acme/"
        yield client


def post(browser: httpx.Client, path: str, **form: str) -> httpx.Response:
    token = TOKEN.findall(browser.get(path).text)[0]
    return browser.post(path, data={**form, "csrfmiddlewaretoken": token})


def test_it_prints_where_to_sign_in_and_with_what(lines, port, browser, checkout):
    assert lines == [f"URL: http://localhost:{port}/", "Email: ada@acme.example", f"Password: {PASSWORD}"]
    assert (checkout / "var" / "oncekeys.sqlite3").exists()


@pytest.mark.full  # it starts a demo of its own
@pytest.mark.parametrize("hangs", [False, True])
def test_a_signal_to_the_whole_group_ends_everything(lines, checkout, hangs):
    port = free_port()
    with running(checkout, PORT=str(port)) as process:
        assert process.stdout
        process.stdout.readline()
        children = children_of(process)
        assert len(children) == 2  # the server, and what sends emails
        if hangs:
            for child in children:
                os.kill(int(child), signal.SIGSTOP)

        os.killpg(process.pid, signal.SIGTERM)

        process.wait(timeout=30)
    assert why_not("127.0.0.1", port) is None
    assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.full
@pytest.mark.parametrize("fails", [True, False])
def test_it_says_so_if_emails_are_no_longer_sent(lines, checkout, tmp_path, fails):
    log = tmp_path / "log"
    with log.open("wb") as errors, running(checkout, errors, PORT=str(free_port())) as process:
        assert process.stdout
        process.stdout.readline()
        if fails:
            os.kill(sender_of(process), signal.SIGKILL)
            soon(log.read_text)
        process.terminate()
        process.wait(timeout=30)

    assert ("since send_emails ended with -9" in log.read_text()) is fails


def sender_of(process: subprocess.Popen[str]) -> int:
    (sender,) = (
        int(child) for child in children_of(process) if "send_emails" in Path(f"/proc/{child}/cmdline").read_text()
    )
    return sender


def children_of(process: subprocess.Popen[str]) -> list[str]:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


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


def test_a_stop_loses_no_call_and_no_email(checkout, lines, tmp_path):
    # In a copy, or the demo beside it would send these emails.
    shutil.copytree(checkout, tmp_path, dirs_exist_ok=True)
    port = str(free_port())
    away = {"EMAIL_URL": f"smtp://127.0.0.1:{free_port()}/"}
    with running(tmp_path, PORT=port, DEMO_PASSWORD=PASSWORD, **away) as process:
        assert process.stdout
        process.stdout.readline()
        with loopback.Client(base_url=f"http://localhost:{port}", trust_env=False, follow_redirects=True) as client:
            post(client, "/login/", login="ada@acme.example", password=PASSWORD)
            created = post(client, f"{KEYS}keys/new/", name="Counted", environment="production", expires="")
            key = KEY.findall(re.sub("<[^>]+>", "", created.text))[0]
            for _ in range(10):
                assert client.get("/api/v1/test", headers={"API-Key": key}).status_code == 200
        process.terminate()
        process.wait(timeout=30)

    with closing(sqlite3.connect(tmp_path / "var" / "oncekeys.sqlite3")) as database:
        counted = "SELECT sum(calls) FROM oncekeys_keyusage JOIN oncekeys_apikey ON api_key_id = oncekeys_apikey.id"
        assert database.execute(f"{counted} WHERE name = 'Counted'").fetchone() == (10,)
        assert database.execute("SELECT count(*) FROM post_office_email WHERE subject LIKE '%Counted%'").fetchone()[0]


def test_the_walk_through_of_the_readme_works_in_the_demo(browser):
    (told,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    named = json.loads(told)["key"]["name"]

    created = post(browser, f"{KEYS}keys/new/", name=named, environment="production", expires="")
    key = KEY.findall(re.sub("<[^>]+>", "", created.text))[0]
    answers = [browser.get("/api/v1/test", headers={"API-Key": key}), browser.get(KEYS)]
    post(browser, f"{KEYS}keys/{key[8:20]}/delete/")
    refused = browser.get("/api/v1/test", headers={"API-Key": key})
    mistyped = browser.get("/api/v1/test", headers={"API-Key": f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}"})

    said = {**answers[0].json(), "key": json.loads(told)["key"]}
    assert (said, answers[0].json()["key"]["name"]) == (json.loads(told), named)
    assert f">{named}</a>" in answers[1].text
    assert (refused.status_code, refused.json()["code"], mistyped.json()["code"]) == (
        401,
        "invalid_key",
        "malformed_key",
    )


def test_every_placeholder_is_free_in_the_demo_and_the_invitation_arrives(browser, mails):
    proposed = ApiKeyForm.base_fields["name"].widget.attrs["placeholder"].removeprefix("e.g. ")
    colleague = InviteForm.base_fields["email"].widget.attrs["placeholder"]

    key = post(browser, f"{KEYS}keys/new/", name=proposed, environment="staging", expires="")
    members = post(browser, "/accounts/acme/settings/members/invite/", email=colleague, role="admin")

    assert key.status_code == 200
    assert "API Key Created Successfully" in key.text
    assert "An invitation was sent" in members.text
    assert soon(lambda: any(f"To: {colleague}" in mail for mail in mails.received))


def test_every_documented_command_works_beside_the_demo(browser, checkout):
    documents = README + (ROOT / "docs" / "operators.md").read_text()
    commands = dict.fromkeys(re.findall(r"manage\.py (create_(?:account|api_key) .*)", documents))
    assert len(commands) >= 2

    for command in sorted(commands, key=lambda line: "create_account" not in line):
        answer = subprocess.run(
            [sys.executable, "manage.py", *shlex.split(command)],
            cwd=checkout,
            env={name: value for name, value in os.environ.items() if name not in OF_THE_TESTS},
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 0, (command, answer.stderr)


def test_the_activity_of_the_demo_is_as_old_as_what_it_tells(browser):
    token = TOKEN.findall(browser.get(ACTIVITY).text)[0]
    file = browser.post(f"{ACTIVITY}export.csv", data={"csrfmiddlewaretoken": token}).text
    events = list(csv.DictReader(io.StringIO(file[1:])))
    of_demo = [event for event in events if event["time"] < f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H}"]
    keys = browser.get(KEYS).text

    assert {event["who"] for event in of_demo} >= {"Ada Lovelace", "Grace Hopper", "The system"}
    assert len({event["time"][:10] for event in of_demo}) > 6
    for event in of_demo:
        if event["event"] == "api_key.created" and f'id="key-{event["key_id"][8:]}"' in keys:
            page = browser.get(f"{KEYS}keys/{event['key_id'][8:]}/").text
            created = re.search(r'<dt>Created</dt>\s*<dd>\s*<time[^>]* datetime="([^"]*)"', page)
            assert created[1][:16] == event["time"][:16]
