"""A proxy before PostgreSQL that cuts a connection in the middle of a commit."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

# A simple query, as psycopg sends the end of a transaction.
COMMIT = b"COMMIT"


class Cutter:
    """Passes everything on, until it is armed: then the next commit ends its connection, on either side."""

    def __init__(self, database_url: str) -> None:
        address = urlsplit(database_url)
        self._socket = Path(parse_qs(address.query)["host"][0]) / ".s.PGSQL.5432"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://{address.username}@127.0.0.1:{port}{address.path}"
        self.cuts = 0
        self._armed: bool | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.close()

    def arm(self, *, after_it_arrived: bool) -> None:
        self._armed = after_it_arrived

    def disarm(self) -> None:
        self._armed = None

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._socket))
                threading.Thread(target=self._pass_on, args=(server, client), daemon=True).start()
                threading.Thread(target=self._pass_on_commits, args=(client, server), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(piece)
        _end(source, target)

    def _pass_on_commits(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(65_536):
                if COMMIT in piece and self._armed is not None:
                    self.cuts += 1
                    if self._armed:
                        _end(client)
                        server.sendall(piece)
                        server.shutdown(socket.SHUT_WR)
                    break
                server.sendall(piece)
        _end(client, server)


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
