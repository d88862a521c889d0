"""An API that knows nothing of keys, and remembers what reached it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Seen:
    """A request as it arrived, its headers in order and as often as they came."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """The values of every header that some server would take for this one: `X_Api.Key` is `X-API-Key`."""
        return [value for other, value in self.headers if _alike(other) == _alike(name)]


@dataclass
class Upstream:
    address: str
    seen: list[Seen] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def the_only_request(self) -> Seen:
        [request] = self.seen
        return request


def _alike(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "-", name.lower())


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    """Answers 200, below `/answers/<status>` with that status, and at `/events` with two server-sent events.

    Caches may share only what is at `/for-everyone`.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    upstream = Upstream(f"127.0.0.1:{server.server_port}")
    server.upstream = upstream  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.upstream.seen.append(  # type: ignore[attr-defined]
            Seen(self.command, self.path, self.headers.items(), self._body())
        )
        status = int(self.path.removeprefix("/answers/")) if self.path.startswith("/answers/") else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if self.path == "/events" else "text/plain")
        self.send_header("WWW-Authenticate", "Made-Up-By-The-Api")
        if self.path == "/for-everyone":
            self.send_header("Cache-Control", "public, max-age=60")
        self.end_headers()
        if self.path == "/events":
            self._events()
        else:
            self.wfile.write(b"the API's own words")

    def _events(self) -> None:
        """Send the second event only after the test says that the first arrived."""
        self.wfile.write(b"data: one\n\n")
        self.server.upstream.arrived.wait(30)  # type: ignore[attr-defined]
        self.wfile.write(b"data: two\n\n")

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *arguments: object) -> None:
        pass
