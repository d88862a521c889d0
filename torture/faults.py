"""The parts under a deployment break, while keys are used and people make more of them."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from dev.ports import free_port
from dev.programs import find_program
from dev.redis_server import redis_process
from dev.servers import Server
from torture.cutting import Cutter
from torture.peers import Peers, running_peers
from torture.place import Database, Place
from torture.races import rotate, shown_keys
from torture.rows import Row, counted
from torture.traffic import (
    NO_ANSWER,
    Caller,
    Person,
    Reply,
    Target,
    Traffic,
    keys_of,
    recovery_seconds,
    told,
    wait_until,
)

OURS = "oncekeys"
WORKERS = 2
SECONDS_TO_RECOVER = 2.0
SECONDS_TO_ANSWER = 3.0
# A connection that is to be answered within three seconds is so, though the machine is busy.
SLACK = 0.5
PAGES_MAY = {"200", "302", "422", "429", "503"}


class Maker:
    """Someone makes one key after the other meanwhile, each in the first account that has room."""

    def __init__(self, url: str, database: Database, *, pause: float = 0.1) -> None:
        self._person, self._slugs, self._pause = Person(url, database.session), list(database.slugs), pause
        self.replies: list[Reply] = []
        self.shown: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._make, daemon=True)

    def __enter__(self) -> "Maker":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _make(self) -> None:
        number = 0
        while self._slugs and not self._over.wait(self._pause):
            number += 1
            reply = self._person.create(self._slugs[0], f"Made meanwhile {number}")
            self.replies.append(reply)
            self.shown += shown_keys(reply)
            if reply.status == 422:
                self._slugs.pop(0)


@dataclass(frozen=True)
class Stage:
    place: Place
    database: Database
    site: Server
    targets: list[Target]

    @property
    def key(self) -> str:
        return self.targets[0].headers["API_Key"]


def run(place: Place) -> Iterator[Row]:
    yield from under_load(place)
    yield commit_that_fails(place)
    yield commit_that_is_cut(place)
    yield killed_workers(place)
    yield full_disk(place)
    yield from neighbours(place)
    yield clock(place)
    yield Row(
        "Failover",
        "the primary killed under load, and its standby promoted",
        0,
        "a deletion that was confirmed is not undone",
        "not tried here",
        held=None,
    )


def under_load(place: Place) -> Iterator[Row]:
    """One after the other, with the same traffic, for us and for the others at once."""
    with ExitStack() as stack:
        peers = stack.enter_context(running_peers(place))
        database = place.database("faults", accounts=40, keys=1)
        site = stack.enter_context(place.site(place.as_site(database), workers=2))
        key = database.keys[0]["key"]
        ours = Target(OURS, site.url, "/api/v1/test", {"API_Key": key})
        stage = Stage(place, database, site, [ours, *(peers.targets if peers else [])])
        with Maker(site.url, database) as maker:
            yield stopped(stage)
            yield terminated(stage)
            yield hung(stage)
            yield locked(stage, peers)
            yield exhausted(stage)
            yield read_only(stage)
        yield made_meanwhile(database, site, maker)


def broken(
    stage: Stage,
    scenario: str,
    tried: str,
    times: int,
    fault: Callable[[int], AbstractContextManager[object]],
    *,
    seconds: float = 0.0,
    required: str = "200, or 503 with Retry-After; 200 again within 2 s",
    in_time: float | None = None,
) -> Row:
    """The fault again and again, each time for so long, under traffic with valid credentials."""
    ends: list[tuple[float, float]] = []
    with Traffic(stage.targets) as traffic:
        traffic.settled(OURS)
        for number in range(times):
            with fault(number):
                time.sleep(seconds)
            ended = time.monotonic()
            traffic.settled(OURS)
            ends.append((ended, time.monotonic()))
        for target in stage.targets[1:]:
            traffic.settled(target.name, patience=10)
    seen = {target.name: _seen(traffic.calls[target.name], ends) for target in stage.targets}
    statuses, recovery, slowest, bare = seen[OURS]
    held = set(statuses) <= {"200", "503"} and recovery <= SECONDS_TO_RECOVER and not bare
    if in_time is not None:
        held = held and slowest <= in_time + SLACK
    return Row(
        scenario,
        tried,
        times,
        required,
        _told(*seen[OURS]),
        held,
        peers={target.name: _told(*seen[target.name]) for target in stage.targets[1:]},
    )


Seen = tuple[list[str], float, float, int]


def _seen(calls: Sequence[object], ends: list[tuple[float, float]]) -> Seen:
    """Statuses, seconds to recover, seconds of the slowest answer, and 503 without Retry-After."""
    statuses = [told(call.status) for call in calls]  # type: ignore[attr-defined]
    recovery = max((recovery_seconds(calls, since=since, until=until) for since, until in ends), default=0.0)  # type: ignore[arg-type]
    slowest = max((call.ended - call.started for call in calls), default=0.0)  # type: ignore[attr-defined]
    bare = sum(call.status == 503 and not call.says_when_to_retry for call in calls)  # type: ignore[attr-defined]
    return statuses, recovery, slowest, bare


def _told(statuses: list[str], recovery: float, slowest: float, bare: int) -> str:
    without = f"; {bare:,} × 503 without Retry-After" if bare else ""
    return f"{counted(statuses)}{without}; back after {recovery:.1f} s; slowest {slowest:.1f} s"


def stopped(stage: Stage) -> Row:
    @contextmanager
    def stop(_: int) -> Iterator[None]:
        stage.place.postgresql.stop()
        yield
        stage.place.postgresql.start()

    times = stage.place.times(20)
    return broken(stage, "Database stopped", "stopped, and started again", times, stop, seconds=0.3)


def terminated(stage: Stage) -> Row:
    """Each time all connections of everyone."""
    times, cut = stage.place.times(200, least=5), 0

    @contextmanager
    def terminate(_: int) -> Iterator[None]:
        nonlocal cut
        with stage.place.admin() as admin:
            for _ in range(times):
                cut += len(admin.execute(TERMINATE).fetchall())
                time.sleep(0.05)
        yield

    row = broken(stage, "Connections terminated", f"all connections, {times} times in a row", 1, terminate)
    return Row(row.scenario, f"{row.tried}: {cut:,}", times, row.required, row.seen, row.held, row.peers)


TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL"
)


def hung(stage: Stage) -> Row:
    times, seconds = stage.place.times(5), stage.place.seconds(10, least=3)
    return broken(
        stage,
        "Database hung",
        f"all its processes stand still for {seconds:.0f} s",
        times,
        lambda _: stage.place.postgresql.hung(),
        seconds=seconds,
        required="503 with Retry-After within 3 s; 200 again within 2 s",
        in_time=SECONDS_TO_ANSWER,
    )


def locked(stage: Stage, peers: Peers | None) -> Row:
    @contextmanager
    def lock(_: int) -> Iterator[None]:
        with ExitStack() as stack:
            ours = stack.enter_context(stage.place.admin_of(stage.database))
            stack.enter_context(ours.transaction())
            ours.execute("LOCK TABLE oncekeys_apikey IN ACCESS EXCLUSIVE MODE")
            if peers:
                theirs = stack.enter_context(stage.place.admin_of(Database(peers.url)))
                stack.enter_context(theirs.transaction())
                theirs.execute("LOCK TABLE knox_authtoken, rest_framework_api_key_apikey IN ACCESS EXCLUSIVE MODE")
            yield

    seconds = stage.place.seconds(8, least=3)
    return broken(
        stage,
        "Table locked",
        f"the table of keys, exclusively, for {seconds:.0f} s",
        1,
        lock,
        seconds=seconds,
        required="503 with Retry-After within 3 s; 200 again within 2 s",
        in_time=SECONDS_TO_ANSWER,
    )


def exhausted(stage: Stage) -> Row:
    """The site's role may have fewer connections than it has threads."""

    @contextmanager
    def exhaust(_: int) -> Iterator[None]:
        with stage.place.admin() as admin:
            admin.execute("ALTER ROLE site CONNECTION LIMIT 2")
            admin.execute(TERMINATE)
            yield
            admin.execute("ALTER ROLE site CONNECTION LIMIT -1")

    seconds = stage.place.seconds(5, least=2)
    tried = f"2 connections for all threads, for {seconds:.0f} s"
    return broken(stage, "Connections exhausted", tried, 1, exhaust, seconds=seconds)


def read_only(stage: Stage) -> Row:
    """Make it as a standby is: keys go on, and what changes something is refused."""
    changes: list[Reply] = []

    @contextmanager
    def forbid(_: int) -> Iterator[None]:
        with stage.place.admin() as admin:
            admin.execute("ALTER ROLE site SET default_transaction_read_only = on")
            admin.execute(TERMINATE)
            for _ in range(10):
                changes.append(rotate(stage.site, stage.key))
                changes.append(Caller(stage.site.url).ask("DELETE", "/api/v1/key", API_Key=stage.key))
            yield
            admin.execute("ALTER ROLE site SET default_transaction_read_only = off")
            admin.execute(TERMINATE)

    row = broken(stage, "Database read-only", "rotations and deletions beside the traffic", 1, forbid, seconds=1)
    refused = {(reply.status, reply.headers.get("content-type")) for reply in changes}
    held = row.held and refused == {(503, "application/problem+json")}
    seen = f"{row.seen}; changes: {counted(told(reply.status) for reply in changes)}"
    required = "200; changes 503 as a problem document"
    return Row(row.scenario, row.tried, len(changes), required, seen, held, row.peers)


def made_meanwhile(database: Database, site: Server, maker: Maker) -> Row:
    """All through the faults before."""
    lost, stored, events = truth_about(database, site, maker.shown)
    return Row(
        "Keys made during these faults",
        "one creation after the other",
        len(maker.replies),
        "no shown key that is not stored; one audit event for each key; never 500",
        f"{counted(told(reply.status) for reply in maker.replies)}; {len(maker.shown):,} shown, {lost} of them not "
        f"stored; {stored:,} stored, {events:,} events",
        held=not lost and stored == events and {told(reply.status) for reply in maker.replies} <= PAGES_MAY,
    )


def truth_about(database: Database, site: Server, shown: Sequence[str]) -> tuple[int, int, int]:
    """Return how many shown keys do not work, how many keys are stored, and how many creations the audit log has."""
    caller = Caller(site.url)
    lost = sum(caller.test(key).status != 200 for key in shown)
    stored = database.count("FROM oncekeys_apikey WHERE coalesce(secret_hash, '') <> '-'")
    events = database.count("FROM oncekeys_auditevent WHERE kind = 'api_key.created'")
    return lost, stored, events


FAILING_COMMIT = """
CREATE FUNCTION no_room() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
END $$ LANGUAGE plpgsql;
CREATE CONSTRAINT TRIGGER no_room AFTER INSERT OR UPDATE ON oncekeys_apikey DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION no_room();
"""


def commit_that_fails(place: Place) -> Row:
    times = place.times(50, least=5)
    database = place.database("commits", accounts=3, keys=1)
    with place.site(database) as site:
        with place.admin_of(database) as admin:
            admin.execute(FAILING_COMMIT)
        person, caller, key = Person(site.url, database.session), Caller(site.url), database.keys[0]["key"]
        pages = [person.create(database.slugs[n % 3], f"Lost {n}") for n in range(times)]
        calls = [rotate(site, key) for _ in range(times)]
        calls += [caller.ask("DELETE", "/api/v1/key", API_Key=key) for _ in range(times)]
        with place.admin_of(database) as admin:
            admin.execute("DROP TRIGGER no_room ON oncekeys_apikey")
        works = caller.test(key).status
        shown = [shown for reply in pages for shown in shown_keys(reply)]
        lost, stored, events = truth_about(database, site, shown)
    return Row(
        "Commit fails",
        "the database has no room at the commit: creations, rotations, deletions",
        3 * times,
        "503; nothing shown or done; one audit event for each key",
        f"pages {counted(told(reply.status) for reply in pages)}; "
        f"API {counted(told(reply.status) for reply in calls)}; {len(shown)} shown; "
        f"{stored} stored, {events} events; the key afterwards: {works}",
        held={reply.status for reply in [*pages, *calls]} == {503}
        and not shown
        and not lost
        and stored == events == 1
        and works == 200,
    )


def commit_that_is_cut(place: Place) -> Row:
    """By turns before the commit arrives, and after it has but before its answer has."""
    times = place.times(50, least=6)
    database = place.database("cut", accounts=-(-times // 20), keys=1)
    with Cutter(database.url) as cutter, place.site(replace(database, url=cutter.url)) as site:
        person = Person(site.url, database.session)
        replies = []
        for number in range(times):
            wait_until(lambda: Caller(site.url).test(database.keys[0]["key"]).status == 200)
            cutter.arm(after_it_arrived=number % 2 == 1)
            replies.append(person.create(database.slugs[number // 20], f"Cut {number}"))
            cutter.disarm()
        shown = [key for reply in replies for key in shown_keys(reply)]
        wait_until(lambda: Caller(site.url).test(database.keys[0]["key"]).status == 200)
        lost, stored, events = truth_about(database, site, shown)
    return Row(
        "Connection cut in a commit",
        "by a proxy, by turns before the commit arrives and before its answer does",
        times,
        "503; no shown key that is not stored; one audit event for each key",
        f"{counted(told(reply.status) for reply in replies)}; {cutter.cuts} cut; {len(shown)} shown, {lost} of them "
        f"not stored; {stored - 1} stored, {events - 1} events",
        held={reply.status for reply in replies} == {503} and not lost and stored == events and cutter.cuts >= times,
    )


def killed_workers(place: Place) -> Row:
    """One of two, by turns, as soon as the one before is replaced."""
    times, clients = place.times(500, least=20), 4
    database = place.database("killed", accounts=clients * (times // clients // 25 + 2), keys=1)
    share = len(database.slugs) // clients
    with place.site(database, workers=2) as site, ExitStack() as stack:
        parts = [
            Database(database.url, database.session, database.slugs[n * share : (n + 1) * share])
            for n in range(clients)
        ]
        target = Target(OURS, site.url, "/api/v1/test", {"API_Key": database.keys[0]["key"]})
        makers = [stack.enter_context(Maker(site.url, part, pause=0.2)) for part in parts]
        traffic = stack.enter_context(Traffic([target], clients=2))
        kills = 0
        while sum(len(maker.replies) for maker in makers) < times and site.process.poll() is None:
            if wait_until(partial(_all_serve, site, kills), patience=30):
                traffic.settled(OURS)
                os.kill(min(_workers(site), key=_started), signal.SIGKILL)
                kills += 1
        stack.close()
        replies = [reply for maker in makers for reply in maker.replies]
        shown = [key for maker in makers for key in maker.shown]
        wait_until(lambda: Caller(site.url).test(database.keys[0]["key"]).status == 200)
        lost, stored, events = truth_about(database, site, shown)
    statuses = traffic.statuses(OURS)
    return Row(
        "Worker killed",
        f"kill -9 of a worker, {kills} times, amid creations",
        len(replies),
        "only what a killed worker was at is cut; no shown key that is not stored; one audit event for each key",
        f"keys {counted(statuses.elements())}; creations {counted(told(reply.status) for reply in replies)}; "
        f"{len(shown):,} shown, {lost} of them not stored; {stored:,} stored, {events:,} events",
        held=not lost
        and stored == events
        and kills > 0
        and set(statuses) <= {"200", "no answer"}
        and statuses["no answer"] <= 2 * kills
        and sum(reply.status == NO_ANSWER for reply in replies) <= clients * kills
        and {told(reply.status) for reply in replies} <= PAGES_MAY | {"no answer"},
    )


def _all_serve(site: Server, kills: int) -> bool:
    """Each killed one has been replaced."""
    return site.log.read_text().count("Started worker-") == WORKERS + kills


def _workers(site: Server) -> list[int]:
    with suppress(OSError):
        main = site.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [int(child) for child in children]
    return []


def _started(pid: int) -> int:
    """Return it in ticks since the machine came up."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


@contextmanager
def small_disk(folder: Path) -> Iterator[str]:
    """A disk of a few MB, mounted at the folder. What it is."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    try:
        yield "a disk of 8 MB"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def full_disk(place: Place) -> Row:
    """On SQLite, whose file is on a disk that something else fills."""
    scenario, times = "Disk full, on SQLite", place.times(20, least=3)
    required = "keys 200; changes 503 and not done; afterwards everything works"
    if os.geteuid() != 0:
        return Row(scenario, "needs root, to mount a small disk", 0, required, "not tried", held=None)
    folder = place.directory / "disk"
    with small_disk(folder) as disk:
        database = place.database("full", sqlite=True, accounts=1, keys=2 * times + 1)
        small = Database(f"sqlite:///{folder}/oncekeys.sqlite3", database.session, database.slugs, database.keys)
        (folder / "oncekeys.sqlite3").write_bytes(Path(database.url.removeprefix("sqlite:///")).read_bytes())
        with place.site(small) as site:
            tried = _try_without_room(site, small, folder / "filler", times)
    statuses = {told(reply.status) for reply in [*tried.writes, tried.sign_in]}
    return Row(
        scenario,
        f"{disk}, filled: calls, creations, pages, rotations, deletions",
        len(tried.keys) + len(tried.writes),
        required,
        f"keys {counted(told(reply.status) for reply in tried.keys)}; changes and pages "
        f"{counted(told(reply.status) for reply in tried.writes)}; {len(tried.claims)} false claims; {tried.stored} "
        f"stored, {tried.events} events; afterwards {told(tried.afterwards.status)}",
        held={reply.status for reply in tried.keys} == {200}
        and statuses <= {"200", "204", "503"}
        and "503" in statuses
        and not tried.claims
        and not tried.lost
        and tried.stored == tried.events
        and bool(shown_keys(tried.afterwards)),
    )


class WithoutRoom(NamedTuple):
    """The answers while the disk was full, one afterwards, and what was stored in the end."""

    keys: list[Any]
    writes: list[Any]
    sign_in: Any
    afterwards: Any
    claims: list[Any]
    lost: Any
    stored: int
    events: int


def _try_without_room(site: Server, small: Database, filler: Path, times: int) -> WithoutRoom:
    person, caller, key = Person(site.url, small.session), Caller(site.url), small.keys[0]["key"]
    caller.test(key)
    _fill(filler)
    keys = [caller.test(key) for _ in range(10 * times)]
    changes = [person.create(small.slugs[0], f"No room {n}" + "x" * 40) for n in range(times)]
    changes += [person.ask("GET", f"{keys_of(small.slugs[0])}new/") for _ in range(times)]
    rotated = [(each["key"], rotate(site, each["key"])) for each in small.keys[1 : times + 1]]
    deleted = [
        (each["key"], caller.ask("DELETE", "/api/v1/key", API_Key=each["key"])) for each in small.keys[times + 1 :]
    ]
    sign_in = caller.ask("GET", "/login/")
    filler.unlink()
    afterwards = person.create(small.slugs[0], "Room again")
    claims = list(_false_claims(caller, changes, rotated, deleted))
    lost, stored, events = truth_about(small, site, [*(k for r in changes for k in shown_keys(r))])
    writes = [*changes, *(reply for _, reply in rotated + deleted)]
    return WithoutRoom(keys, writes, sign_in, afterwards, claims, lost, stored, events)


def _fill(file: Path) -> None:
    """Fill it until there is not a byte left."""
    with file.open("wb", buffering=0) as handle:
        for size in (65_536, 4_096, 512, 1):
            with suppress(OSError):
                while True:
                    handle.write(b"x" * size)


def _false_claims(
    caller: Caller,
    changes: Sequence[Reply],
    rotated: Sequence[tuple[str, Reply]],
    deleted: Sequence[tuple[str, Reply]],
) -> Iterator[str]:
    """Yield what was said to be done and is not, or the other way round."""
    for reply in changes:
        if any(caller.test(key).status != 200 for key in shown_keys(reply)):
            yield "a key was shown and does not work"
    for key, reply in rotated:
        if reply.status == 200 and caller.test(json.loads(reply.body)["api_key"]).status != 200:
            yield "a successor does not work"
        if caller.test(key).status != 200:
            yield "an old key ended"
    for key, reply in deleted:
        if (caller.test(key).status == 401) != (reply.status == 204):
            yield f"a deletion was answered {reply.status}"


def neighbours(place: Place) -> Iterator[Row]:
    """Redis and the mail server: away, and silent."""
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as stack:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        url, process = stack.enter_context(redis_process(place.folder("redis")))
        database = place.database("neighbours", accounts=4, keys=1)
        yield _beside(place, database, "Redis away", "stopped after a while", {"CACHE_URL": url}, process.terminate)
        yield _beside(
            place,
            database,
            "Redis silent",
            "takes connections, and says nothing",
            {"CACHE_URL": f"redis://{address}/0"},
        )
        yield _beside(
            place,
            database,
            "Mail server silent",
            "takes connections, and says nothing",
            {"EMAIL_URL": f"smtp://{address}/"},
        )
        away = {"EMAIL_URL": f"smtp://127.0.0.1:{free_port()}/"}
        yield _beside(place, database, "Mail server away", "takes no connections", away)


def _beside(
    place: Place,
    database: Database,
    scenario: str,
    tried: str,
    environment: dict[str, str],
    end: Callable[[], object] = lambda: None,
) -> Row:
    """Keys, wrong keys, sign-ins and creations, of which none waits for long."""
    times = place.times(10, least=2)
    with place.site(database, workers=2, **environment) as site, ThreadPoolExecutor(1) as aside:
        key = database.keys[0]["key"]
        target = Target(OURS, site.url, "/api/v1/test", {"API_Key": key})
        Caller(site.url).test(key)
        end()
        with Traffic([target], clients=2) as traffic:
            signing_in = aside.submit(lambda: [sign_in(site.url) for _ in range(times)])
            wrong = [Caller(site.url).test(f"{key[:-1]}!") for _ in range(times)]
            person = Person(site.url, database.session)
            made = [person.create(database.slugs[0], f"{scenario} {number}") for number in range(min(times, 6))]
            tries = signing_in.result()
        shown = [shown for reply in made for shown in shown_keys(reply)]
        lost, stored, events = truth_about(database, site, shown)
    calls = traffic.calls[OURS]
    slowest = max(call.ended - call.started for call in calls)
    return Row(
        scenario,
        f"{tried}; calls, wrong keys, sign-ins, creations",
        len(calls) + len(wrong) + len(tries) + len(made),
        "valid keys 200, wrong ones 401; creations and sign-ins never 500",
        f"keys {counted(told(call.status) for call in calls)}, slowest {slowest:.1f} s; wrong "
        f"{counted(told(reply.status) for reply in wrong)}; sign-ins {counted(told(reply.status) for reply in tries)}; "
        f"creations {counted(told(reply.status) for reply in made)}, slowest {max(r.seconds for r in made):.1f} s",
        held={call.status for call in calls} == {200}
        and {reply.status for reply in wrong} == {401}
        and {told(reply.status) for reply in [*tries, *made]} <= PAGES_MAY
        and not lost
        and stored == events,
    )


def sign_in(url: str, *, email: str = "nobody@acme.example", address: str = "", patience: float = 60) -> Reply:
    """One guess at a password."""
    named = {"X-Forwarded-For": address} if address else {}
    caller = Caller(url, headers={**named, "Cookie": f"csrftoken={'a' * 32}"}, patience=patience)
    form = f"login={email.replace('@', '%40')}&password=a+guess&csrfmiddlewaretoken={'a' * 32}"
    return caller.ask("POST", "/login/", body=form, Content_Type="application/x-www-form-urlencoded")


def clock(place: Place) -> Row:
    """The process's clock is an hour off, to either side, while the database's is right."""
    database = place.database("clock", accounts=1, keys=3)
    good, lasting, expired = (each["key"] for each in database.keys)
    with place.admin_of(database) as admin:
        query = "UPDATE oncekeys_apikey SET expires_at = now() + %s::interval WHERE key_id = %s"
        admin.execute(query, ["30 minutes", database.keys[1]["id"]])
        admin.execute(query, ["-30 minutes", database.keys[2]["id"]])
    calls, seen = place.times(100, least=5), []
    for offset in ("+1h", "-1h"):
        with place.site(database, **faked_time(offset)) as site:
            caller = Caller(site.url)
            date = caller.ask("GET", "/healthz").headers.get("date", "")
            for key, wanted in ((good, 200), (lasting, 200), (expired, 401)):
                seen += [(wanted, caller.test(key).status) for _ in range(calls)]
            page = Person(site.url, database.session).ask("GET", keys_of(database.slugs[0]).removesuffix("keys/"))
    wrong = [f"{status} for {wanted}" for wanted, status in seen if status != wanted]
    return Row(
        "Clock an hour off",
        "the process an hour ahead, and an hour behind; keys that end in half an hour, or did half an hour ago",
        len(seen),
        "both are judged by the database's clock; pages never 500",
        f"{len(wrong)} wrong answers; a page {told(page.status)}; the process's date: {date}",
        held=not wrong and told(page.status) in PAGES_MAY,
    )


def faked_time(offset: str) -> dict[str, Any]:
    """The environment in which a process has another clock."""
    program = find_program("faketime")
    shown = subprocess.run([program, "-f", offset, "env"], stdout=subprocess.PIPE, text=True, check=True).stdout
    faked = dict(re.findall(r"^(LD_PRELOAD|FAKETIME)=(.*)$", shown, re.MULTILINE))
    return {**faked, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
