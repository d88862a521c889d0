"""Server processes as in production, over one of the databases."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from benchmarks.environment import PROJECT, ROOT, SITE, environment
from dev import machine
from dev.ports import free_port

WORKERS = 2
THREADS = 4
PATIENCE_SECONDS = 60

GRANIAN = ("granian", "--no-ws", "--no-access-log", "--log-level", "error")
# As any project may be served: no door needs more.
WSGI = (*GRANIAN, "--interface", "wsgi", "--blocking-threads", str(THREADS), "benchmarks.site.wsgi:application")
# Django's own handler, for async views.
ASGI = (*GRANIAN, "--interface", "asgi", "benchmarks.site.asgi:application")
# With our gateway, as the site is served.
GATEWAY = (*GRANIAN, "--interface", "asginl", "benchmarks.site.gateway:application")
# It lets everyone in: what a server costs that a proxy asks.
TRIVIAL = (*GRANIAN, "--interface", "asginl", "benchmarks.site.trivial:application")
# As `make run` and docs/operators.md start it.
DEPLOYED = ("config.serve", "--log-level", "error")


@dataclass(frozen=True)
class Server:
    """`address` is its host and port, `behind` another one that it asks about each request."""

    address: str
    process: "subprocess.Popen[bytes]"
    behind: "Server | None" = None

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def cpu_seconds(self) -> float:
        own = machine.cpu_seconds(machine.family(self.process.pid))
        return own + (self.behind.cpu_seconds() if self.behind else 0)

    @property
    def workers(self) -> list[int]:
        """Their process ids."""
        return machine.family(self.process.pid)[1:]


@contextmanager
def running(database_url: str, command: tuple[str, ...] = WSGI, **variables: str) -> Iterator[Server]:
    """Two workers of a server."""
    settings = SITE if command is DEPLOYED else PROJECT
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    where = ["--host", host, "--port", port, "--workers", str(WORKERS)]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, *where],
        cwd=ROOT,
        env=environment(database_url, settings, **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Server(address, process)
        _wait_until_it_answers(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def together(stack: ExitStack, *servers: AbstractContextManager[Server]) -> list[Server]:
    """Starts them all at once, since each loads Django before it answers."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(stack.enter_context, servers))


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            urlopen(f"{server.url}/bare", timeout=5).close()
        except HTTPError:
            return  # the site has no such page
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("A server did not start; run its command by hand to see why.")
