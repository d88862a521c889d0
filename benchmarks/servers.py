"""Server processes as in production, over one of the databases."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.environment import ROOT, environment
from dev import machine
from dev.ports import free_port

APPLICATION = "benchmarks.site.asgi:application"
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


@contextmanager
def production(
    database_url: str, *, workers: int = WORKERS, threads: int = THREADS, **variables: str
) -> Iterator[Server]:
    """granian as a deployment runs it, with `threads` for each worker."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *_arguments(port, workers)],
        cwd=ROOT,
        env=environment(database_url, THREADS=str(threads), **variables),
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


def _arguments(port: int, workers: int) -> list[str]:
    listens = ["--host", "127.0.0.1", "--port", str(port), "--interface", "asginl", "--no-ws"]
    return [*listens, "--workers", str(workers), "--no-access-log", "--log-level", "error", APPLICATION]


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urlopen(f"{server.url}/bare", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("A server did not start; run its command by hand to see why.")
