"""The door of WebSockets, for Django Channels or whatever else speaks ASGI.

ProtocolTypeRouter({"http": …, "websocket": ApiKeyWebSocket(URLRouter([…]), scopes=["read-only"])})
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from io import BytesIO
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections

from oncekeys import conf
from oncekeys.doors import problems
from oncekeys.doors.requests import KeyRequest, authenticate
from oncekeys.models import Environment
from oncekeys.services.refusals import NotAdmitted

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# The ASGI extension for refusing a handshake with a response of our own.
DENIAL = "websocket.http.response"
SCHEMES = {"ws": "http", "wss": "https"}


class ApiKeyWebSocket:
    """Opens a WebSocket only with a valid key. Its consumer finds the ApiKey in `scope["auth"]`."""

    def __init__(
        self, application: Application, *, environment: Environment | None = None, scopes: str | Iterable[str] = ()
    ) -> None:
        self._application = application
        self._environment = environment
        self._scopes = conf.listed(scopes)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            let_in = await sync_to_async(self._authenticate)(scope)
        except NotAdmitted as refused:
            await receive()  # the handshake itself
            await _refuse(refused, scope, send)
            return
        await self._application({**scope, "user": let_in.user, "auth": let_in.auth}, receive, send)

    def _authenticate(self, scope: Message) -> KeyRequest:
        # Django does this around a request, but not around a WebSocket.
        close_old_connections()
        try:
            return authenticate(_handshake(scope), environment=self._environment, scopes=self._scopes)
        finally:
            close_old_connections()


def _handshake(scope: Message) -> ASGIRequest:
    """Return the HTTP request that a WebSocket begins with (RFC 6455, section 4.1)."""
    scheme = SCHEMES.get(scope.get("scheme", "ws"), "http")
    return ASGIRequest({**scope, "method": "GET", "scheme": scheme}, BytesIO())


async def _refuse(refused: NotAdmitted, scope: Message, send: Send) -> None:
    """Refuse with the problem document, or with a 403 if the server can't send one."""
    if DENIAL not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    answer = problems.response(refused)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    await send({"type": f"{DENIAL}.start", "status": answer.status_code, "headers": headers})
    await send({"type": f"{DENIAL}.body", "body": answer.content})
