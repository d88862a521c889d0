"""Exactly these bytes over a socket: every HTTP client would refuse to send some of them."""

import socket
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

SECONDS = 30


class Answer(NamedTuple):
    status: int | None  # None where the server closed the connection without a word
    content: bytes


def send(url: str, message: bytes, *, says_so: bool = True, seconds: float = SECONDS) -> Answer:
    """The whole answer. `says_so`: the message asks for the end of the connection; else this end closes its half."""
    address = urlsplit(url)
    content = b""
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as connection:
        # A server that has seen enough closes while we are still sending.
        with suppress(ConnectionError):
            connection.sendall(message)
        if not says_so:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError, TimeoutError):
            while piece := connection.recv(65_536):
                content += piece
    return Answer(_status(content), content)


def _status(content: bytes) -> int | None:
    if not content.startswith(b"HTTP/"):
        return None
    return int(content.split(b" ", 2)[1])


def ask(url: str, headers: bytes, number: int = 0) -> Answer:
    """One of two addresses that take keys, with these header lines."""
    address = urlsplit(url)
    path = ("/api/v1/test", "/api/v1/verify")[number % 2]
    host = b"" if headers.startswith(b"Host:") else f"Host: {address.netloc}\r\n".encode()
    return send(url, f"GET {path} HTTP/1.1\r\nConnection: close\r\n".encode() + host + headers + b"\r\n")
