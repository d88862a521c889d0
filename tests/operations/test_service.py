"""The service `docs/systemd/oncekeys.service` runs as written, except for its folder, port and patience."""

import configparser
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.db.models import Sum

from dev import loopback
from dev.ports import free_port
from dev.servers import database_url
from oncekeys.models import KeyUsage

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
PYTHON, PORT, INTERVAL, KILL_TIMEOUT = "/srv/oncekeys/.venv/bin/python", "8000", "15", "30"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("service")]


@pytest.fixture(scope="module")
def unit() -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(ROOT / "docs" / "systemd" / "oncekeys.service")
    return dict(parser["Service"])


@contextmanager
def running(command: str, log: Path, url: str = "") -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    here = {PYTHON: sys.executable, PORT: str(port), INTERVAL: "1", KILL_TIMEOUT: "5"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [here.get(word, word) for word in shlex.split(command)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url()},
            stdout=output,
            stderr=output,
        )
    try:
        yield process, url or f"http://127.0.0.1:{port}/readyz"
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def service(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """The process of the documented command, and the address at which it says that it is ready."""
    operators = (ROOT / "docs" / "operators.md").read_text()
    (documented,) = re.findall(r"^python (-m config\.serve --host .*)$", operators, re.MULTILINE)
    with (
        django_db_blocker.unblock(),
        running(f"{PYTHON} {documented}", tmp_path_factory.mktemp("service") / "log") as (process, url),
    ):
        until(lambda: status(url) == 200, process)
        yield process, url


def until(condition, process) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers(process: subprocess.Popen[bytes]) -> set[str]:
    return set(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())


def status(url: str) -> int | str:
    try:
        return loopback.get(url, timeout=PATIENCE_SECONDS, trust_env=False).status_code
    except httpx.TransportError as error:
        return repr(error)


def test_a_worker_that_was_killed_is_replaced(service):
    process, url = service
    before = workers(process)

    os.kill(int(min(before)), signal.SIGKILL)

    until(lambda: len(workers(process) - before) == 1, process)
    until(lambda: status(url) == 200, process)
    assert len(workers(process)) == len(before)


@pytest.mark.full  # as with the demo
def test_a_second_start_on_the_same_port_refuses(unit, service):
    _, url = service
    for host in ("127.0.0.1", "0.0.0.0"):
        command = unit["ExecStart"].replace("127.0.0.1", host).replace(PYTHON, sys.executable)
        second = subprocess.run(
            shlex.split(command.replace(f"--port {PORT}", f"--port {httpx.URL(url).port}")),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

        assert second.returncode == 1
        (sentence,) = second.stderr.splitlines()
        assert f"port {httpx.URL(url).port}: Address already in use" in sentence
    assert status(url) == 200


@pytest.mark.full
def test_the_service_starts_again_right_after_it_stopped(unit, static_files, tmp_path):
    port = free_port()
    command = unit["ExecStart"].replace(f"--port {PORT}", f"--port {port}").replace("--workers 2", "--workers 1")

    for start in ("first", "second"):
        with running(command, tmp_path / start, url=f"http://127.0.0.1:{port}/readyz") as (process, url):
            until(lambda: status(url) == 200, process)

            assert process.poll() is None


def test_neither_a_reload_nor_a_stop_of_the_service_loses_a_call(unit, static_files, crm, tmp_path):
    def call(url: str) -> None:
        answer = loopback.get(url.replace("/readyz", "/api/v1/test"), headers={"API-Key": crm.token.reveal()})
        assert answer.status_code == 200

    assert unit["ExecReload"] == "/bin/kill -HUP $MAINPID"
    with running(unit["ExecStart"], tmp_path / "log") as (process, url):
        until(lambda: status(url) == 200, process)
        for _ in range(20):
            call(url)
        before = workers(process)
        assert len(before) == 2
        process.send_signal(signal.SIGHUP)
        until(lambda: workers(process).isdisjoint(before) and len(workers(process)) == 2, process)
        until(lambda: status(url) == 200, process)  # the new ones had a second here, and not 15, to get ready
        for _ in range(20):
            call(url)

    assert KeyUsage.objects.aggregate(calls=Sum("calls"))["calls"] == 40
