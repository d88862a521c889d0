"""The product as it is deployed: real server processes over the tests' database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.db import connection

from dev import loopback
from dev.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 120
# As `docs/systemd/oncekeys.service` has it.
GRANIAN = ("granian", "--interface", "asginl", "--no-ws", "--port", "{port}", "config.asgi:application")


@dataclass
class Server:
    url: str
    log: Path
    process: subprocess.Popen[bytes]
    http: httpx.Client

    def client(self, **options: object) -> httpx.Client:
        return loopback.Client(base_url=self.url, timeout=30, **options)  # type: ignore[arg-type]

    def test(self, key: str) -> httpx.Response:
        """Call the test endpoint with the key, as a developer does first."""
        return self.http.get("/api/v1/test", headers={"API-Key": key})


@contextmanager
def running_server(
    log: Path,
    command: Sequence[str] = GRANIAN,
    *,
    python: str = sys.executable,
    ready: str = "/readyz",
    **environment: str,
) -> Iterator[Server]:
    """One process of a server, by default granian, with the settings of this run, on a port of its own.

    It is up once it answers 200 at the path `ready`.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", *(word.format(port=port) for word in command)],
            cwd=ROOT,
            env={**_inherited(environment), "PUBLIC_URL": url, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    with loopback.Client(base_url=url, timeout=30) as http:
        server = Server(url, log, process, http)
        try:
            _wait_until_ready(server, ready)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def site_environment() -> dict[str, str]:
    """Return the environment of a process of the site."""
    return {**os.environ, "DATABASE_URL": database_url()}


def _inherited(given: Mapping[str, str]) -> Mapping[str, str]:
    """Leave Django's settings alone where a database is given, so that programs without settings can use this."""
    return os.environ if "DATABASE_URL" in given else site_environment()


def database_url() -> str:
    """The address of the database the tests run in, which is not the one the settings name."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _wait_until_ready(server: Server, path: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if server.http.get(path, timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"The server did not come up:\n{server.log.read_text()}")
