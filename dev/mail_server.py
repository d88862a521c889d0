"""A mail server to talk to over a socket: it takes mail, refuses or defers recipients, or keeps people waiting."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread


class MailServer(socketserver.ThreadingTCPServer):
    """`received` are whole messages, as they came."""

    allow_reuse_address = daemon_threads = True

    def __init__(
        self, *, refuses: tuple[str, ...] = (), defers: tuple[str, ...] = (), greets_after: float = 0.0
    ) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.received: list[str] = []
        self.visits = 0
        self.refuses, self.defers, self.greets_after = refuses, defers, greets_after
        self.over = Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}/"


class Conversation(socketserver.StreamRequestHandler):
    """The part of RFC 5321 that Python's client uses."""

    server: MailServer

    def handle(self) -> None:
        self.server.visits += 1
        if self.server.over.wait(self.server.greets_after):
            return
        self._say("220 here")
        while line := self.rfile.readline().decode():
            if line.upper().startswith("DATA"):
                self._say("354 go on")
                self.server.received.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
            self._say(self._answer(line))

    def _answer(self, line: str) -> str:
        if line.upper().startswith("RCPT"):
            if any(address in line for address in self.server.refuses):
                return "550 No such mailbox"
            if any(address in line for address in self.server.defers):
                return "450 Try again later"
        return "250 fine"

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server(**manners: object) -> Iterator[MailServer]:
    with MailServer(**manners) as server:  # type: ignore[arg-type]
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
