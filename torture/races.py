"""Many at the same moment, over two processes that share nothing but the database."""

import base64
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from dev.servers import Server
from torture.peers import PATHS, Peers, running_peers
from torture.place import Database, Place
from torture.place import told as story
from torture.rows import Row, counted
from torture.traffic import Caller, Person, Reply, at_once, told, wait_until

CAP = 25
FILLED = 20
AT_ONCE = 64
# A page sets the key ID off from the rest by tags.
TAGS = re.compile(rb"<[^>]+>")
WHOLE_KEY = re.compile(rb"ok_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")
KNOX_CAP_ROUNDS = 10
STEPS = 10  # of 30 ms
LANES = 4  # of races that mostly wait for each other


@dataclass(frozen=True)
class Stage:
    place: Place
    database: Database
    servers: list[Server]
    peers: Peers | None

    def server(self, number: int) -> Server:
        return self.servers[number % len(self.servers)]

    def person(self, number: int) -> Person:
        return Person(self.server(number).url, self.database.session)


def run(place: Place) -> Iterator[Row]:
    caps, doubles, rotations, deletions = (place.times(full) for full in (100, 500, 100, 1_000))
    keys = 3 * rotations + deletions + place.times(200)
    with ExitStack() as stack:
        peers = stack.enter_context(running_peers(place))
        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: place.static)  # takes as long as the database
            database = place.database("races", accounts=caps, filled=FILLED, keys=keys)
        servers = [stack.enter_context(place.site(database)) for _ in range(2)]
        stage, unused = Stage(place, database, servers, peers), iter(database.keys)
        yield cap(stage, caps)
        yield double_submits(stage, doubles)
        yield rotate_and_rotate(stage, [next(unused) for _ in range(rotations)])
        yield rotate_and_delete(stage, [next(unused) for _ in range(2 * rotations)])
        yield deletions_under_load(stage, [next(unused) for _ in range(deletions)])
        yield sealing_and_deletion(stage, list(unused))


def shown_keys(reply: Reply) -> list[str]:
    """Whole keys on a page, which says each in several ways."""
    return list(dict.fromkeys(key.decode() for key in WHOLE_KEY.findall(TAGS.sub(b"", reply.body))))


def cap(stage: Stage, rounds: int) -> Row:
    """Five places are left in each account."""
    replies: list[Reply] = []
    winners = Counter[int]()
    for slug in stage.database.slugs[:rounds]:
        acts = [partial(stage.person(n).create, slug, f"At once {n}") for n in range(AT_ONCE)]
        answers = at_once(acts)
        winners[len([reply for reply in answers if shown_keys(reply)])] += 1
        replies += answers
    active = stage.database.rows(
        "SELECT count(*) FROM oncekeys_apikey k JOIN oncekeys_account a ON a.id = k.account_id"
        " WHERE a.slug LIKE 'acme-%' AND a.slug NOT LIKE 'acme-keys%' AND k.slot IS NOT NULL GROUP BY a.id"
    )
    most = max(count for (count,) in active)
    statuses = Counter(told(reply.status) for reply in replies)
    full = winners == {CAP - FILLED: rounds}
    return Row(
        "Race: creating at the cap",
        f"{AT_ONCE} creations at once over 2 processes, with {CAP - FILLED} of {CAP} places left",
        rounds,
        f"{CAP - FILLED} succeed in each round, never more than {CAP} active keys; "
        "the others get 422, or 503 where it is busy",
        f"{counted(statuses.elements())}, so {statuses['503'] / len(replies):.0%} busy; {rounds} rounds: "
        f"{counted(f'{number} keys shown' for number in winners.elements())}; at most {most} active",
        held=full and most == CAP and set(statuses) <= {"200", "422", "503"},
        peers={"django-rest-knox": knox_cap(stage.peers)} if stage.peers else {},
    )


def knox_cap(peers: Peers) -> str:
    """Its own limit of tokens a user, met in the same way."""
    found = []
    for number in range(KNOX_CAP_ROUNDS):
        name = base64.b64encode(f"ada-{number}:correct horse battery staple".encode()).decode()
        callers = [Caller(peers.server.url, headers={"Authorization": f"Basic {name}"}) for _ in range(AT_ONCE)]
        for caller in callers[:FILLED]:
            caller.ask("POST", "/knox/login")
        answers = at_once([partial(caller.ask, "POST", "/knox/login") for caller in callers])
        found.append(FILLED + sum(answer.status == 200 for answer in answers))
    broken = sum(tokens > CAP for tokens in found)
    return f"{broken} of {len(found)} rounds beyond its limit of {CAP}, up to {max(found)} tokens"


def double_submits(stage: Stage, times: int) -> Row:
    """The same form, sent twice by an impatient person, to two processes; by several people at a time."""
    url = stage.database.url
    empty = Database(url, **story(url, prefix="twice", accounts=-(-times // CAP)))
    with ThreadPoolExecutor(LANES) as lanes:
        pairs = list(lanes.map(partial(_submit_twice, stage, empty), range(times)))
    made = Counter(sum(bool(shown_keys(reply)) for reply in pair) for pair in pairs)
    statuses = [told(reply.status) for pair in pairs for reply in pair]
    stored = stage.database.count("FROM oncekeys_apikey WHERE name LIKE 'Twice %'")
    return Row(
        "Race: double submits",
        "the same form twice at once, to 2 processes",
        times,
        "one key each time",
        f"{counted(statuses)}; {stored:,} keys stored in {len(empty.slugs)} accounts",
        held=made == {1: times} and stored == times and set(statuses) <= {"200", "422"},
    )


def _submit_twice(stage: Stage, empty: Database, number: int) -> list[Reply]:
    slug = empty.slugs[number % len(empty.slugs)]
    people = [Person(stage.server(n).url, empty.session) for n in range(2)]
    return at_once([partial(each.create, slug, f"Twice {number}") for each in people])


def rotate_and_rotate(stage: Stage, keys: list[dict[str, str]]) -> Row:
    statuses: list[str] = []
    successors: Counter[int] = Counter()
    for key in keys:
        answers = at_once([partial(rotate, stage.server(n), key["key"]) for n in range(4)])
        successors[sum(answer.status == 200 for answer in answers)] += 1
        statuses += [told(answer.status) for answer in answers]
    doubled = stage.database.count(
        "FROM (SELECT replaces_id FROM oncekeys_apikey WHERE replaces_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1) t"
    )
    return Row(
        "Race: rotate × rotate",
        "4 rotations of one key at once, over 2 processes",
        len(keys),
        "one successor",
        f"{counted(statuses)}; {doubled} keys with two successors",
        held=successors == {1: len(keys)} and not doubled and set(statuses) <= {"200", "409"},
    )


def rotate(server: Server, key: str) -> Reply:
    body = json.dumps({"grace_seconds": 3600})
    return Caller(server.url).ask("POST", "/api/v1/key/rotate", body=body, API_Key=key, Content_Type="application/json")


def revoke(server: Server, key: str) -> Reply:
    return Caller(server.url).ask("DELETE", "/api/v1/key", API_Key=key)


def rotate_and_delete(stage: Stage, keys: list[dict[str, str]]) -> Row:
    """Some at the same time, each with a key of its own."""
    with ThreadPoolExecutor(LANES) as lanes:
        rounds = list(lanes.map(partial(_rotate_and_delete, stage), range(len(keys)), keys))
    outcomes = [outcome for outcome, _ in rounds]
    faults = [fault for _, found in rounds for fault in found]
    return Row(
        "Race: rotate × delete",
        f"both at once; the rotation is up to {30 * (STEPS - 1)} ms ahead, since it hashes before it locks",
        len(keys),
        "the deleted key is refused; one successor at most, and it works",
        f"{counted(outcomes)}; {counted(faults)} faults",
        held=not faults and all(re.search("delete (204|401)", outcome) for outcome in outcomes),
    )


def _rotate_and_delete(stage: Stage, number: int, key: dict[str, str]) -> tuple[str, list[str]]:
    """Give the rotation another head start each time, so that each comes first in some of the rounds."""
    acts: list[Callable[[], Reply]] = [
        partial(after, 0.004 * (number % STEPS == 0), partial(rotate, stage.server(0), key["key"])),
        partial(after, 0.03 * (number % STEPS), partial(revoke, stage.server(1), key["key"])),
    ]
    rotated, revoked = at_once(acts)
    outcome = f"rotate {told(rotated.status)}, delete {told(revoked.status)}"
    return outcome, list(_survivors(stage, key["key"], rotated, revoked))


def after(seconds: float, act: Callable[[], Reply]) -> Reply:
    time.sleep(seconds)
    return act()


def _survivors(stage: Stage, old: str, rotated: Reply, revoked: Reply) -> Iterator[str]:
    ask = Caller(stage.server(0).url)
    if revoked.status == 204 and ask.test(old).status != 401:
        yield "deleted key let in"
    if rotated.status == 200 and ask.test(json.loads(rotated.body)["api_key"]).status != 200:
        yield "successor refused"
    if rotated.status not in {200, 401, 409}:
        yield f"rotate {told(rotated.status)}"


def deletions_under_load(stage: Stage, keys: list[dict[str, str]]) -> Row:
    """Each key is called without pause on both processes while a third caller deletes it. Two keys at a time."""
    with ThreadPoolExecutor(2) as lanes:
        found = list(lanes.map(partial(_deleted_under_load, stage), range(len(keys)), keys))
    stale = [status for _, late in found for status in late]
    return Row(
        "Race: deletion under load",
        "a key deleted while 2 clients call with it without pause, on 2 processes",
        len(keys),
        "no request let in that began after the answer",
        f"{len(stale)} let in afterwards, of {sum(calls for calls, _ in found):,} calls",
        held=not stale,
        peers=dict(peers_deletions(stage.peers)) if stage.peers else {},
    )


def _deleted_under_load(stage: Stage, number: int, key: dict[str, str]) -> tuple[int, list[str]]:
    ask: Callable[[Caller], int] = lambda caller: caller.test(key["key"]).status  # noqa: E731
    urls = [server.url for server in stage.servers]
    return under_deletion(urls, ask, lambda: revoke(stage.server(number), key["key"]).status == 204)


def under_deletion(urls: list[str], ask: Callable[[Caller], int], end: Callable[[], bool]) -> tuple[int, list[str]]:
    """Return how many calls were made, and which were let in though they began after the end had been confirmed."""
    calls: list[tuple[float, int]] = []
    over = threading.Event()

    def go_on(url: str) -> None:
        caller = Caller(url)
        while not over.is_set():
            started = time.monotonic()
            calls.append((started, ask(caller)))
        for _ in range(2):  # at least, with a connection that knows the key well
            started = time.monotonic()
            calls.append((started, ask(caller)))
        caller.close()

    threads = [threading.Thread(target=go_on, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(calls) >= 4 * len(urls), pause=0.002)
    confirmed = end()
    ended = time.monotonic()
    over.set()
    for thread in threads:
        thread.join()
    late = [told(status) for started, status in calls if started > ended and status != 401 and status != 403]
    return len(calls), late if confirmed else [*late, "not confirmed"]


def peers_deletions(peers: Peers) -> Iterator[tuple[str, str]]:
    import psycopg

    def end_knox(credential: str) -> bool:
        return Caller(peers.server.url).ask("POST", "/knox/logout", Authorization=credential).status == 204

    def end_api_key(credential: str) -> bool:
        prefix = credential.split()[1].partition(".")[0]
        with psycopg.connect(peers.url, autocommit=True) as connection:
            query = "UPDATE rest_framework_api_key_apikey SET revoked = true WHERE prefix = %s"
            return connection.execute(query, [prefix]).rowcount == 1

    ends = {"djangorestframework-api-key": end_api_key, "django-rest-knox": end_knox}
    for name, end in ends.items():
        stale: list[str] = []
        calls = 0
        for credential in peers.credentials[name][1:]:
            ask = partial(_status, PATHS[name], credential)
            made, late = under_deletion([peers.server.url] * 2, ask, partial(end, credential))
            calls, stale = calls + made, stale + late
        yield name, f"{len(stale)} let in afterwards, of {calls:,} calls"


def _status(path: str, credential: str, caller: Caller) -> int:
    return caller.ask("GET", path, Authorization=credential).status


def sealing_and_deletion(stage: Stage, keys: list[dict[str, str]]) -> Row:
    """Race with what a process fills in besides: a key without a seal gets one at its next call."""
    wanted = ", ".join(f"'{key['id']}'" for key in keys)
    stage.place.unseal(stage.database, keys)
    stale: list[str] = []
    for number, key in enumerate(keys):
        at_once(
            [partial(Caller(stage.server(n).url).test, key["key"]) for n in range(2)]
            + [partial(revoke, stage.server(number), key["key"])]
        )
        deleted = wait_until(partial(_is_refused, stage.server(0), key["key"]))
        stale += [] if deleted else ["not deleted"]
        stale += [
            told(status) for n in range(2) if (status := Caller(stage.server(n).url).test(key["key"]).status) != 401
        ]
    left = stage.database.count(
        f"FROM oncekeys_apikey WHERE key_id IN ({wanted})"
        " AND (deleted_at IS NULL OR seal IS NOT NULL OR secret_hash IS NOT NULL)"
    )
    return Row(
        "Race: a seal written as its key is deleted",
        "the first calls of a key without a seal, beside its deletion",
        len(keys),
        "the key is refused, no hash and no seal are left",
        f"{counted(stale)} let in afterwards; {left} rows with a hash or seal",
        held=not stale and not left,
    )


def _is_refused(server: Server, key: str) -> bool:
    """A deletion that waited for the writer of a seal may be asked for again."""
    return revoke(server, key).status == 401
