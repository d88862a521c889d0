"""Runs a foreign project as its people do: its own database, its own commands, its own server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dev import loopback
from dev.ports import free_port

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Project:
    """`name` is the package with its settings, beside this file."""

    name: str
    database_url: str
    folder: Path  # for what its servers write

    def manage(self, *arguments: str, **environment: str) -> str:
        """Return what a command prints. Raises CalledProcessError."""
        return subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=HERE,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def manage_all(self, *commands: Sequence[str]) -> list[str]:
        """The lines that these print, all in one process: to start one takes longer than most commands."""
        script = f"from django.core.management import call_command\nfor each in {commands!r}: call_command(*each)"
        return self.manage("shell", "--no-imports", "--command", script).splitlines()

    def key(self, account: str, name: str, *options: str) -> str:
        return self.manage("create_api_key", account, name, *options).strip()

    @contextmanager
    def server(self, interface: str = "wsgi", *options: str, **environment: str) -> Iterator[httpx.Client]:
        """One process of granian, `wsgi` or `asgi`, and a client of it. `environment` is for the project's settings."""
        port = free_port()
        bind = ["--interface", interface, "--host", "127.0.0.1", "--port", str(port)]
        end = ["--workers-kill-timeout", "10"]  # once in hundreds of times, granian's WSGI worker misses its signal
        log = self.folder / f"{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "granian", *bind, *end, *options, f"{self.name}.{interface}:application"],
                cwd=HERE,
                env=self.environment(**environment),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        # There is no TLS on the loopback, and preparing to verify it takes longer than most requests here.
        with loopback.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            try:
                _wait_until_ready(client, process, log)
                yield client
            finally:
                process.terminate()
                process.wait(timeout=PATIENCE_SECONDS)

    def environment(self, **more: str) -> dict[str, str]:
        settings = {"DJANGO_SETTINGS_MODULE": f"{self.name}.settings", "DATABASE_URL": self.database_url}
        return {**os.environ, **settings, "PYTHONPATH": f"{HERE}:{ROOT}", **more}


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.get("/healthz", timeout=10).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise RuntimeError(f"The project's server did not come up:\n{log.read_text()}")
