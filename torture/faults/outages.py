"""The database breaks in one way after the other, under traffic with valid credentials, ours and others'."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from dev.servers import Server
from torture.faults.makers import Maker, truth_about
from torture.peers import Peers, running_peers
from torture.place import Database, Place
from torture.races import rotate
from torture.rows import Row, counted
from torture.traffic import OURS, PAGES_MAY, Call, Caller, Reply, Target, Traffic, recovery_seconds, told

SECONDS_TO_RECOVER = 2.0
SECONDS_TO_ANSWER = 3.0
# A connection that is to be answered within three seconds is so, though the machine is busy.
SLACK = 0.5


@dataclass(frozen=True)
class Stage:
    place: Place
    database: Database
    site: Server
    targets: list[Target]

    @property
    def key(self) -> str:
        return self.targets[0].headers["API_Key"]


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


def _seen(calls: Sequence[Call], ends: list[tuple[float, float]]) -> Seen:
    """Statuses, seconds to recover, seconds of the slowest answer, and 503 without Retry-After."""
    statuses = [told(call.status) for call in calls]
    recovery = max((recovery_seconds(calls, since=since, until=until) for since, until in ends), default=0.0)
    slowest = max((call.ended - call.started for call in calls), default=0.0)
    bare = sum(call.status == 503 and not call.says_when_to_retry for call in calls)
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
    return replace(row, tried=f"{row.tried}: {cut:,}", times=times)


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
    return replace(row, times=len(changes), required=required, seen=seen, held=held)


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
