"""Those who call the servers meanwhile, and what they were answered."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import urlencode, urlsplit

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 60
NO_ANSWER = 0
OURS = "oncekeys"
PAGES_MAY = {"200", "302", "422", "429", "503"}
CSRF = "a" * 32


@dataclass(frozen=True)
class Reply:
    """`status` is 0 where the connection ended without a word, or nothing came in time."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def says_when_to_retry(self) -> bool:
        return "retry-after" in self.headers


class Caller:
    """Keeps one connection to a server, and opens another when that has ended."""

    def __init__(
        self, url: str, *, patience: float = PATIENCE_SECONDS, headers: Mapping[str, str] | None = None
    ) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=patience)
        self._headers = dict(headers or {})

    def ask(self, method: str, path: str, *, body: Any = None, **headers: str) -> Reply:
        started = time.monotonic()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(method, path, body=body, headers={**self._headers, **named})
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Reply(NO_ANSWER, seconds=time.monotonic() - started)
        told = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, content, told, time.monotonic() - started)

    def test(self, key: str) -> Reply:
        return self.ask("GET", "/api/v1/test", API_Key=key)

    def close(self) -> None:
        self._connection.close()

    def __del__(self) -> None:
        """Many of them ask once."""
        self.close()


class Person(Caller):
    """Signed in, as a browser that sends forms."""

    def __init__(self, url: str, session: str, *, patience: float = PATIENCE_SECONDS) -> None:
        cookies = f"sessionid={session}; csrftoken={CSRF}"
        super().__init__(url, patience=patience, headers={"Cookie": cookies})

    def post(self, path: str, **fields: str) -> Reply:
        return self.ask("POST", path, **_form(fields))

    def create(self, slug: str, name: str) -> Reply:
        """Create a key in the dialog, whose answer is a smaller document than the page's."""
        form = _form({"name": name, "environment": "production"})
        return self.ask("POST", f"{keys_of(slug)}new/", HX_Request="true", **form)


def _form(fields: Mapping[str, str]) -> dict[str, str]:
    body = urlencode({**fields, "csrfmiddlewaretoken": CSRF})
    return {"body": body, "Content_Type": "application/x-www-form-urlencoded"}


def sign_in(url: str, *, email: str = "nobody@acme.example", address: str = "", patience: float = 60) -> Reply:
    """One guess at a password."""
    named = {"X-Forwarded-For": address} if address else {}
    caller = Caller(url, headers={**named, "Cookie": f"csrftoken={'a' * 32}"}, patience=patience)
    form = f"login={email.replace('@', '%40')}&password=a+guess&csrfmiddlewaretoken={'a' * 32}"
    return caller.ask("POST", "/login/", body=form, Content_Type="application/x-www-form-urlencoded")


def keys_of(slug: str) -> str:
    return f"/accounts/{slug}/settings/integrations/apis-webhooks/keys/"


@dataclass(frozen=True)
class Target:
    """A product under attack: where it is asked, and with which credential."""

    name: str
    url: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Call:
    started: float
    ended: float
    status: int
    says_when_to_retry: bool


class Traffic:
    """Valid credentials, presented again and again until the block ends, by some clients for each target."""

    def __init__(self, targets: Sequence[Target], *, clients: int = 4, pause: float = 0.01) -> None:
        self.calls: dict[str, list[Call]] = {target.name: [] for target in targets}
        self._over = threading.Event()
        self._pause = pause
        self._threads = [
            threading.Thread(target=self._call, args=(target,), daemon=True)
            for target in targets
            for _ in range(clients)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _call(self, target: Target) -> None:
        caller = Caller(target.url)
        while not self._over.wait(self._pause):
            started = time.monotonic()
            reply = caller.ask("GET", target.path, **target.headers)
            call = Call(started, time.monotonic(), reply.status, reply.says_when_to_retry)
            self.calls[target.name].append(call)
        caller.close()

    def settled(self, name: str, *, in_a_row: int = 12, patience: float = PATIENCE_SECONDS) -> None:
        """Returns once the target has answered 200 so many times in a row, or after so long."""
        began, deadline = time.monotonic(), time.monotonic() + patience
        while time.monotonic() < deadline:
            since = [call.status for call in self.calls[name] if call.started > began]
            if len(since) >= in_a_row and set(since[-in_a_row:]) == {200}:
                return
            time.sleep(0.05)

    def statuses(self, name: str) -> Counter[str]:
        return Counter(told(call.status) for call in self.calls[name])


def told(status: int) -> str:
    return str(status) if status else "no answer"


def recovery_seconds(calls: Iterable[Call], *, since: float, until: float) -> float:
    """Return how long after `since` a call began that was not let in."""
    late = [call.started - since for call in calls if since < call.started < until and call.status != 200]
    return max(late, default=0.0)


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Do all of this at the same moment. Return what each gave, in their order."""
    ready = threading.Barrier(len(acts))

    def go(act: Callable[[], Answer]) -> Answer:
        ready.wait(timeout=PATIENCE_SECONDS)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(go, acts))


def wait_until(question: Callable[[], object], *, patience: float = PATIENCE_SECONDS, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(OSError):
            if question():
                return True
        time.sleep(pause)
    return False
