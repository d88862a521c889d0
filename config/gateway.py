"""Runs a WSGI application on an ASGI server, so that no header can be mistaken for another.

To WSGI, as to CGI, `API_Key` and `API-Key` have one name, and a server may add the environment of its process. ASGI
hands over each header as it was sent. So names with an underscore are dropped here, a header that came twice shows both
values, and nothing else gets in. And a body is read before a thread is taken: a client that never sends the rest of it
keeps none from anyone else.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Headers = list[tuple[str, str]]

THREADS = 4
# What Django takes into memory by default. More than that is left on the wire, and the application refuses it.
LARGEST_BODY = 2_621_440
# A static file up to this size is sent at once, so that a slow reader does not hold its thread.
SENT_WHOLE = 1_048_576
PATIENCE_SECONDS = 10

# Those that CGI names otherwise.
CGI_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


class Gateway:
    """An ASGI application around a WSGI one that starts its response when it is called, as Django does.

    `threads` is how many requests it answers at once.
    """

    def __init__(self, application: Callable[..., Any], *, threads: int = THREADS) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"There is nothing here but HTTP, and this is {scope['type']}.")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                body = await _body(scope, receive)
        except TimeoutError:
            await _give_up(send)
            return
        loop = asyncio.get_running_loop()
        for message in await loop.run_in_executor(self._threads, self._answer, scope, body, _Stream(send, loop)):
            await send(message)

    def _answer(self, scope: Message, body: bytes, stream: "_Stream") -> list[Message]:
        """In a thread. What is not sent whole has been sent when this returns, by the thread that made it."""
        start = _Start()
        result = self._application(_environ(scope, body), start)
        try:
            if start.is_short or not getattr(result, "streaming", True):
                return [start.message, _part(b"".join(result))]
            stream.send(start.message)
            for part in result:
                stream.send(_part(part, more=True))
            return [_part(b"")]
        finally:
            if hasattr(result, "close"):
                result.close()


class _Start:
    """The `start_response` of one answer."""

    message: Message

    def __call__(self, status: str, headers: Headers, exc_info: object = None) -> None:
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.message = {"type": "http.response.start", "status": int(status[:3]), "headers": encoded}

    @property
    def is_short(self) -> bool:
        return any(name.lower() == b"content-length" and int(value) <= SENT_WHOLE for name, value in self.headers)

    @property
    def headers(self) -> Iterable[tuple[bytes, bytes]]:
        headers: list[tuple[bytes, bytes]] = self.message["headers"]
        return headers


class _Stream:
    """Sends from a thread, one message after the other, and not faster than the client reads."""

    def __init__(self, send: Send, loop: asyncio.AbstractEventLoop) -> None:
        self._send = send
        self._loop = loop

    def send(self, message: Message) -> None:
        async def sent() -> None:
            await self._send(message)

        asyncio.run_coroutine_threadsafe(sent(), self._loop).result(PATIENCE_SECONDS)


async def _body(scope: Message, receive: Receive) -> bytes:
    """Nothing of one that is too large: its length stays in the headers, for the application to refuse."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > LARGEST_BODY:
        return b""
    if length == b"0" and b"transfer-encoding" not in headers and scope["http_version"].startswith("1"):
        return b""
    body = bytearray()
    while len(body) <= LARGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
    return b""


def _environ(scope: Message, body: bytes) -> Environ:
    """As PEP 3333 has it, and of the process nothing."""
    server, port = scope.get("server") or ("", None)
    client, _ = scope.get("client") or ("", None)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **_headers(scope["headers"]),
    }


def _headers(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in sent:
        if b"_" in name:
            continue
        entry = CGI_NAMES.get(name) or "HTTP_" + name.upper().replace(b"-", b"_").decode("latin-1")
        text = value.decode("latin-1")
        separator = "; " if name == b"cookie" else ","
        headers[entry] = headers[entry] + separator + text if entry in headers else text
    return headers


def _part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _give_up(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 408, "headers": headers})
    await send(_part(b"The body of the request did not come in time.\n"))
