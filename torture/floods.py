"""Many who want to take the servers for themselves, beside traffic with valid keys."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from benchmarks.load import Driver, Load
from dev import machine
from dev.ports import free_port
from dev.proxies import adapted, running_caddy, running_nginx
from dev.servers import ROOT, Server
from oncekeys.keys.token import checksum
from tests.forward_auth.certificate import Certificate, make_certificate
from tests.forward_auth.proxies import NEWEST_CADDY, Backends
from tests.forward_auth.proxies import caddy as forward_auth_caddy
from tests.forward_auth.proxies import nginx as forward_auth_nginx
from tests.forward_auth.upstream import running_upstream
from torture import burst
from torture.peers import running_peers
from torture.place import Database, Place
from torture.rows import Row, counted
from torture.traffic import OURS, Caller, Reply, Target, Traffic, sign_in, told

HONEST = 4
ROUNDS = 3
KEPT = 0.5
KEPT_OF_ARGON2 = 0.25
MOST_MIB = 250  # of a worker, which takes some 100 by itself
SLOW = 40  # of each kind: five times as many as a worker has threads for keys and pages
GUESSERS = 24
FORGERS = 64
FORGERIES_A_SECOND = 700
ENOUGH = 0.95  # of them, since the first connections take a moment
UNSEEN = 500
# Known keys beside those, in as many calls at once.
CALLERS, KNOWN_A_SECOND = 16, 400
TLS = {"TRUSTED_PROXY_HOPS": "1"}


def run(place: Place) -> Iterator[Row]:
    database = place.database("floods", accounts=1, keys=1 + 2 * place.times(UNSEEN, least=50))
    yield from slow_sockets(place, database)
    yield guesses(place, database)
    yield forgeries(place, database)
    yield never_seen(place, database, database.keys[1::2])
    yield without_seals(place, database, database.keys[2::2])


@dataclass(frozen=True)
class Kept:
    """Valid requests a second before and amid a flood, and their slowest share of a hundred, in milliseconds."""

    before: float
    amid: float
    p99_ms: float
    statuses: str

    @property
    def share(self) -> float:
        return self.amid / self.before

    def __str__(self) -> str:
        return f"{self.share:.2f} of {self.before:,.0f}/s kept, p99 {self.p99_ms:.0f} ms"


def paced(target: Target, seconds: float) -> tuple[float, float, list[str]]:
    """Ask a hundred times a second for each client. Return requests let in a second, p99 in ms, and statuses."""
    with Traffic([target], clients=HONEST) as traffic:
        time.sleep(seconds)
    calls = traffic.calls[target.name]
    waited = sorted(call.ended - call.started for call in calls)
    right = sum(call.status == 200 for call in calls)
    return right / seconds, 1000 * waited[int(0.99 * len(waited))], [told(call.status) for call in calls]


def beside(target: Target, seconds: float, flood: Callable[[], AbstractContextManager[object]]) -> Kept:
    """By turns without the flood and amid it, so that the machine's moods meet both alike. The median is kept."""
    paced(target, 1)
    rounds: list[tuple[float, float, float]] = []
    answered: list[str] = []
    for _ in range(ROUNDS):
        before, _, _ = paced(target, seconds / ROUNDS)
        with flood():
            amid, p99, statuses = paced(target, seconds / ROUNDS)
        rounds.append((amid / before, before, p99))
        answered += statuses
    share, before, p99 = sorted(rounds)[ROUNDS // 2]
    return Kept(before, share * before, p99, counted(answered))


# Slow sockets


def slow_sockets(place: Place, database: Database) -> Iterator[Row]:
    """Alone, and through each proxy that is documented, before the site and before an API."""
    ways = {
        "no proxy": alone,
        "nginx": before_the_site_nginx,
        "Caddy": before_the_site_caddy,
        "nginx, forward-auth": before_an_api_nginx,
        "Caddy, forward-auth": before_an_api_caddy,
    }
    seconds = place.seconds(3, least=1.5)
    chosen = ways if place.share == 1 else {"no proxy": alone}
    certificate = make_certificate(place.folder("certificate"))
    for name, way in chosen.items():
        with way(place, database, certificate) as (target, alive):
            kept = beside(target, seconds, partial(slow, target.url))
            with slow(target.url):
                health = [alive() for _ in range(3)]
        yield Row(
            f"Slow sockets: {name}",
            f"{SLOW} bodies, {SLOW} headers and {SLOW} readers that get no further",
            3 * SLOW,
            "valid keys keep half their rate, /healthz answers",
            f"{kept}; keys {kept.statuses}; /healthz {counted(told(reply.status) for reply in health)}",
            held=kept.share >= KEPT and {reply.status for reply in health} == {200},
        )


@contextmanager
def slow(url: str) -> Iterator[None]:
    """Three kinds of clients that begin something and leave it."""
    address = urlsplit(url)
    head = f"POST /login/ HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: csrftoken={'a' * 32}\r\n"
    body = f"{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nx="
    begun = 3 * f"GET /api/openapi.json HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
    with ExitStack() as stack:
        for beginning in (body, head, begun):
            for _ in range(SLOW):
                connection = stack.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                connection.settimeout(5)
                with suppress(OSError):
                    connection.connect((address.hostname, address.port))
                    connection.sendall(beginning.encode())
        yield


Way = Iterator[tuple[Target, Callable[[], Reply]]]


def _target(url: str, database: Database, path: str = "/api/v1/test") -> Target:
    return Target(OURS, url, path, {"API_Key": database.keys[0]["key"]})


def _alive(site: Server) -> Callable[[], Reply]:
    return lambda: Caller(site.url, patience=5).ask("GET", "/healthz")


@contextmanager
def alone(place: Place, database: Database, _: Certificate) -> Way:
    with place.site(database, workers=2) as site:
        yield _target(site.url, database), _alive(site)


@contextmanager
def before_the_site_nginx(place: Place, database: Database, certificate: Certificate) -> Way:
    """Run nginx as `docs/operators.md` has it, and plain HTTP to the client."""
    lines = (ROOT / "docs" / "operators.md").read_text().partition("```nginx\n")[2].partition("```")[0]
    port, https_port = free_port(), free_port()
    with place.site(database, workers=2, TRUSTED_PROXY_HOPS="1") as site:
        places = {
            "http://127.0.0.1:8000": site.url,
            "listen 80;": f"listen 127.0.0.1:{port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{https_port} ssl;",
            "/etc/nginx/keys.example.com.pem": str(certificate.chain),
            "/etc/nginx/keys.example.com.key": str(certificate.key),
        }
        with running_nginx(place.folder("nginx"), adapted(lines, places), port, https_port):
            yield _target(f"http://127.0.0.1:{port}", database), _alive(site)


@contextmanager
def before_the_site_caddy(place: Place, database: Database, _: Certificate) -> Way:
    port = free_port()
    with place.site(database, workers=2, TRUSTED_PROXY_HOPS="1") as site:
        block = f"http://127.0.0.1:{port} {{\n\treverse_proxy {site.url.removeprefix('http://')}\n}}\n"
        with running_caddy(place.folder("caddy"), block, port, program=str(NEWEST_CADDY)):
            yield _target(f"http://127.0.0.1:{port}", database), _alive(site)


@contextmanager
def before_an_api_nginx(place: Place, database: Database, certificate: Certificate) -> Way:
    with (
        _protected_api(place, database) as (site, backends),
        forward_auth_nginx(place.folder("nginx"), backends, certificate) as proxy,
    ):
        yield _target(proxy.url, database, "/"), _alive(site)


@contextmanager
def before_an_api_caddy(place: Place, database: Database, certificate: Certificate) -> Way:
    with (
        _protected_api(place, database) as (site, backends),
        forward_auth_caddy(place.folder("caddy"), backends, certificate, program=str(NEWEST_CADDY)) as proxy,
    ):
        yield _target(proxy.url, database, "/"), _alive(site)


@contextmanager
def _protected_api(place: Place, database: Database) -> Iterator[tuple[Server, Backends]]:
    """It answers slowly by itself: it is one of Python's own servers."""
    proxied = {"TRUSTED_PROXY_HOPS": "1", "ALLOWED_HOSTS": "keys.acme.example"}
    with place.site(database, workers=2, **proxied) as site, running_upstream() as api:
        yield site, Backends(oncekeys=site.url.removeprefix("http://"), api=api.address)


# Guesses and forgeries


def guesses(place: Place, database: Database) -> Row:
    seconds = place.seconds(6, least=2)
    replies: list[Reply] = []
    with place.site(database, workers=2, TRUSTED_PROXY_HOPS="1") as site:
        kept = beside(_target(site.url, database), seconds, lambda: guessing(site.url, replies))
        memory = peak_mib(site)
    return Row(
        "Flood: password guesses",
        f"{GUESSERS} addresses, one guess after the other for {seconds:.0f} s",
        len(replies),
        f"valid keys keep half their rate, a worker takes at most {MOST_MIB} MiB",
        f"{kept}; keys {kept.statuses}; guesses {counted(told(reply.status) for reply in replies)}; {memory:.0f} MiB",
        held=kept.share >= KEPT
        and memory <= MOST_MIB
        and {told(reply.status) for reply in replies} <= {"200", "429", "503"},
    )


@contextmanager
def guessing(url: str, replies: list[Reply]) -> Iterator[None]:
    over = threading.Event()

    def guess(number: int) -> None:
        while not over.is_set():
            email = f"guess-{number}-{len(replies)}@acme.example"
            replies.append(sign_in(url, email=email, address=f"192.0.2.{number}"))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(GUESSERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def peak_mib(site: Server) -> float:
    """Return that of the worker that took the most."""
    return max(machine.peak_mib(pid) for pid in machine.family(site.process.pid)[1:])


def forgeries(place: Place, database: Database) -> Row:
    seconds = int(place.seconds(6, least=3))
    with place.site(database, workers=2) as site:
        key = database.keys[0]["key"]
        kept, refused, others = _beside_forgeries(_target(site.url, database), f"API-Key: {forged(key)}", seconds)
        memory = peak_mib(site)
    return Row(
        "Flood: forgeries",
        f"{FORGERIES_A_SECOND} wrong secrets a second for a known key ID, for {seconds} s",
        round(refused * seconds),
        f"all are refused, valid keys keep half their rate, a worker takes at most {MOST_MIB} MiB",
        f"{kept}; keys {kept.statuses}; {refused:,.0f} refused a second, {others} not; {memory:.0f} MiB",
        held=kept.share >= KEPT
        and refused >= ENOUGH * FORGERIES_A_SECOND
        and not others
        and memory <= MOST_MIB
        and re.fullmatch(r"[\d,]+ × 200", kept.statuses) is not None,
        peers=dict(peers_forgeries(place, seconds // 2)),
    )


def peers_forgeries(place: Place, seconds: int) -> Iterator[tuple[str, str]]:
    with running_peers(place) as peers:
        for target in peers.targets if peers else []:
            right = target.headers["Authorization"]
            wrong = f"Authorization: {right[:-4]}{'0000' if right[-4:] != '0000' else '1111'}"
            kept, refused, others = _beside_forgeries(target, wrong, seconds)
            yield target.name, f"{kept}; {kept.statuses}; {refused:,.0f} refused a second, {others} not"


def forged(key: str) -> str:
    """Right by its shape and its checksum, with another secret."""
    body = f"{key[:21]}{'x' * 43}"
    return body + checksum(body)


def _beside_forgeries(target: Target, wrong: str, seconds: int) -> tuple[Kept, float, int]:
    """Return also how many forgeries were refused a second, and how many of all were not."""
    floods: list[Load] = []
    kept = beside(target, seconds, lambda: forging(f"{target.url}{target.path}", wrong, seconds // ROUNDS, floods))
    refused = sum(flood.refused for flood in floods)
    others = sum(flood.requests for flood in floods) - refused
    return kept, refused / sum(flood.seconds for flood in floods), others


@contextmanager
def forging(url: str, wrong: str, seconds: int, floods: list[Load]) -> Iterator[None]:
    driver = Driver(url, [wrong], seconds=seconds, connections=FORGERS, rate=FORGERIES_A_SECOND)
    yield
    floods.append(driver.result())


# Keys that no process has seen


def never_seen(place: Place, database: Database, keys: Sequence[dict[str, str]]) -> Row:
    tried = "keys that no process has seen, all at once"
    return _new_keys(place, database, keys, "Flood: keys never seen", tried, least=KEPT)


def without_seals(place: Place, database: Database, keys: Sequence[dict[str, str]]) -> Row:
    place.unseal(database, keys)
    tried = "keys whose seal is lost, all at once: only Argon2id can tell"
    return _new_keys(place, database, keys, "Flood: keys without a seal", tried, least=KEPT_OF_ARGON2)


def _new_keys(
    place: Place, database: Database, keys: Sequence[dict[str, str]], scenario: str, tried: str, *, least: float
) -> Row:
    with place.site(database, workers=2) as site:
        url, known = f"{site.url}/api/v1/test", [f"API-Key: {database.keys[0]['key']}"]
        before = Driver(url, known, seconds=3, connections=CALLERS, rate=KNOWN_A_SECOND).result()
        driver = Driver(url, known, seconds=5, connections=CALLERS, rate=KNOWN_A_SECOND)
        answers = burst.send(url, [f"API-Key: {key['key']}" for key in keys])
        amid = driver.result()
        memory = peak_mib(site)
    kept = Kept(before.rps, amid.rps, amid.p99_ms, "")
    slowest, retries = max(answer.seconds for answer in answers), sum(answer.retries for answer in answers)
    return Row(
        scenario,
        tried,
        len(keys),
        f"known keys keep {least} of their rate, a worker takes at most {MOST_MIB} MiB, all are let in",
        f"{kept}; all let in after {slowest:.1f} s, {retries} × 503 on the way; {memory:.0f} MiB",
        held=kept.share >= least and memory <= MOST_MIB and not amid.refused and not amid.failed,
    )
