"""Runs a WSGI application on an ASGI server, so that no header can be mistaken for another.

To WSGI, as to CGI, `API_Key` and `API-Key` have one name, and a server may add the environment of its process. ASGI
hands over each header as it was sent. So names with an underscore are dropped here, a header that came twice shows both
values, and nothing else gets in. And a body is read before a thread is taken: a client that never sends the rest of it
keeps none from anyone else. Keys, pages and `/healthz` each have threads of their own: none of them waits for another.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from config import programs
from config.request_threads import Busy, RequestThreads

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[..., Any]

THREADS = 4
# How long a request waits for one while all of them hang. With two more for the database, it is answered within three.
SECONDS_FOR_A_THREAD = 1
# A static file up to this size is sent at once, so that a slow reader does not hold its thread.
SENT_WHOLE = 1_048_576
PATIENCE_SECONDS = 10

# Those that CGI names otherwise.
CGI_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


class Gateway:
    """An ASGI application around a WSGI one that starts its response when it is called, as Django does.

    `threads` is how many requests with keys it answers at once, and how many pages besides. `busy` is a WSGI
    application too, which answers at once where they all stay taken. A body is read up to `largest_body` bytes; more
    than that is left on the wire, and the application refuses it.
    """

    def __init__(
        self, application: Application, *, busy: Application, largest_body: int, threads: int = THREADS
    ) -> None:
        self._application = application
        self._busy = busy
        self._largest_body = largest_body
        self._alive, self._keys, self._pages = (
            RequestThreads(each, patience=SECONDS_FOR_A_THREAD) for each in (1, threads, threads)
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"There is nothing here but HTTP, and this is {scope['type']}.")
        try:
            body = await _body(scope, receive, self._largest_body)
        except TimeoutError:
            await _give_up(send)
            return
        stream = _Stream(send, asyncio.get_running_loop())
        try:
            messages = await self._threads(scope["raw_path"]).run(
                partial(_answer, self._application, scope, body, stream), is_progress=_is_progress
            )
        except Busy:
            messages = _answer(self._busy, scope, b"", stream)
        for message in messages:
            await send(message)

    def _threads(self, path: bytes) -> RequestThreads:
        if path == b"/healthz":
            return self._alive
        is_for_keys = path == b"/readyz" or programs.is_api(path.decode("latin-1"))
        return self._keys if is_for_keys else self._pages


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


def _answer(application: Application, scope: Message, body: bytes, stream: _Stream) -> list[Message]:
    """Send what is not sent whole before this returns, in the thread that made it."""
    start = _Start()
    result = application(_environ(scope, body), start)
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


def _is_progress(messages: list[Message]) -> bool:
    """Not where the database is away or hangs: the next would wait for it as well."""
    return messages[0].get("status") != 503


async def _body(scope: Message, receive: Receive, largest: int) -> bytes:
    """Nothing of one that is too large: its length stays in the headers, for the application to refuse.

    Raises TimeoutError.
    """
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > largest:
        return b""
    if length == b"0" and b"transfer-encoding" not in headers and scope["http_version"].startswith("1"):
        return b""
    body = bytearray()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(body) <= largest:
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
