"""Server processes as in production, over one of the databases."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks import machine
from benchmarks.environment import ROOT, environment
from tests.plugins.ports import free_port

APPLICATION = "benchmarks.site.wsgi:application"
BEHIND_THE_GATEWAY = "benchmarks.site.asgi:application"
WORKERS = 2
THREADS = 4
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Server:
    url: str
    process: "subprocess.Popen[bytes]"

    def cpu_seconds(self) -> float:
        return machine.cpu_seconds(machine.family(self.process.pid))

    @property
    def workers(self) -> list[int]:
        """Their process ids."""
        return machine.family(self.process.pid)[1:]


def gateway(port: int, workers: int = WORKERS) -> list[str]:
    """granian as a deployment runs it. `THREADS` in its environment are the threads of each worker."""
    return [*_granian(port, workers), "--interface", "asginl", "--no-ws", BEHIND_THE_GATEWAY]


def granian(port: int, workers: int = WORKERS, threads: int = THREADS) -> list[str]:
    return [*_granian(port, workers), "--interface", "wsgi", "--blocking-threads", str(threads), APPLICATION]


def _granian(port: int, workers: int) -> list[str]:
    command = ["granian", "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    return [*command, "--workers", str(workers), "--log-level", "error"]


def gunicorn(port: int, workers: int = WORKERS, threads: int = 1) -> list[str]:
    """With one thread it is the `sync` worker, with more `gthread`."""
    command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads)]
    return [*command, "--log-level", "error", "--no-control-socket", "--keep-alive", "60", APPLICATION]


@contextmanager
def running(command: Sequence[str], port: int, database_url: str, **variables: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment(database_url, **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Server(f"http://127.0.0.1:{port}", process)
        _wait_until_ready(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


@contextmanager
def production(
    database_url: str, *, workers: int = WORKERS, threads: int = THREADS, **variables: str
) -> Iterator[Server]:
    """The server that a deployment runs."""
    port = free_port()
    with running(gateway(port, workers), port, database_url, THREADS=str(threads), **variables) as server:
        yield server


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urlopen(f"{server.url}/bare", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("A server did not come up; run its command by hand to see why.")
