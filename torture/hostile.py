"""Input that no client sends in good faith, over raw sockets and on both databases."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from dev.servers import Server
from torture.inputs import Case, Known, cases, hostile_headers
from torture.peers import PATHS, running_peers
from torture.place import Database, Place
from torture.raw import Answer, send
from torture.rows import Row, counted
from torture.traffic import at_once, keys_of

CASES = 10_000
SENDERS = 8
MOST_FOR_PEERS = 500
# How a record begins, of Django's or of the server's.
RECORD = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ [\w.]+ \[|\[(INFO|WARNING|ERROR|DEBUG)\] ")
LET_IN = {200, 204}


def run(place: Place) -> Iterator[Row]:
    """Both databases at the same time, each with a server of its own."""
    count = place.times(CASES, least=140)
    postgresql, sqlite = at_once(
        [partial(_meet, place, name, count, sqlite=name == "SQLite") for name in ("PostgreSQL", "SQLite")]
    )
    yield replace(postgresql, peers=dict(_peers(place, count)))
    yield sqlite


def _meet(place: Place, name: str, count: int, *, sqlite: bool) -> Row:
    database = place.database("hostile", sqlite=sqlite, accounts=1, filled=3, keys=2)
    with place.site(database, LOG_LEVEL="INFO") as site:
        known = _known(database, site)
        attacks = cases(known, count)
        before = _fingerprint(database)
        answers = _sent(site, attacks)
        changed = len(before ^ _fingerprint(database))
        works = {send(site.url, _with(known, key["key"])).status for key in database.keys}
        lines = [line for line in site.log.read_bytes().splitlines() if line]
    wrong = [
        f"{answer.status} for a hostile {case.kind}"
        for case, answer in zip(attacks, answers, strict=True)
        if answer.status not in case.right
    ]
    let_in = sum(_is_let_in(case, answer) for case, answer in zip(attacks, answers, strict=True))
    stray = [line for line in lines if not RECORD.match(line)]
    return Row(
        f"Hostile input: {name}",
        "headers, addresses, query strings, forms, bodies and bytes that are hardly HTTP",
        count,
        "no 500, no one let in, no row changed, one line a record in the log",
        f"{_statuses(answers)}; {len(wrong)} wrong answers{_examples(wrong)}; {let_in} let in; {changed} rows changed; "
        f"{len(stray)} of {len(lines):,} lines of the log begin no record"
        f"{_examples([str(line[:60]) for line in stray])}",
        held=not wrong and not let_in and not changed and not stray and works == {200},
    )


def _sent(site: Server, attacks: Sequence[Case]) -> list[Answer]:
    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(partial(_answer, site), attacks))


def _answer(site: Server, case: Case) -> Answer:
    """Send it again where the site was busy: if it is the input that keeps it so, it will be busy again."""
    attack = partial(send, site.url, case.message, says_so=case.kind != "wire")
    answer = attack()
    return attack() if answer.status == 503 else answer


def _known(database: Database, site: Server) -> Known:
    home, key = f"/accounts/{database.slugs[0]}/", database.keys[0]
    settings, keys, own = f"{home}settings/", keys_of(database.slugs[0]), f"{keys_of(key['slug'])}{key['id']}/"
    return Known(
        urlsplit(site.url).netloc,
        key["key"],
        database.session,
        pages=[
            *(home, settings, "/profile/", "/profile/activity/", "/sessions/"),
            *(f"{settings}{name}/" for name in ("security", "integrations", "members", "activity")),
            *(keys.removesuffix("keys/"), f"{keys}new/", f"{keys}find/"),
            *(f"{own}{name}" for name in ("", "edit/", "rotate/", "pause/", "delete/")),
        ],
        downloads=[f"{settings}activity/export.csv"],
    )


def _with(known: Known, key: str) -> bytes:
    return f"GET /api/v1/test HTTP/1.1\r\nHost: {known.host}\r\nAPI-Key: {key}\r\nConnection: close\r\n\r\n".encode()


def _is_let_in(case: Case, answer: Answer) -> bool:
    """By a key that is none, or to what a right one alone may do."""
    return case.kind in {"headers", "body"} and answer.status in LET_IN


def _fingerprint(database: Database) -> set[tuple[object, ...]]:
    """Every row that may not change. How often keys are used may."""
    tables = {
        "oncekeys_apikey": "id, key_id, secret_hash, name, slot, addresses, scopes, expires_at, paused_at, deleted_at",
        "oncekeys_account": "id, name, slug, disabled_at",
        "accounts_user": "id, email, password, is_active, is_staff",
        "accounts_membership": "id, account_id, user_id, role",
        "accounts_invitation": "id",
    }
    rows = {
        (table, *row) for table, columns in tables.items() for row in database.rows(f"SELECT {columns} FROM {table}")
    }
    events = database.rows(
        "SELECT id, kind FROM oncekeys_auditevent WHERE kind LIKE 'api_key.%' OR kind LIKE 'member%'"
    )
    return rows | {("event", *row) for row in events}


def _statuses(answers: list[Answer]) -> str:
    return counted(answer.status or "closed" for answer in answers)


def _examples(found: list[str]) -> str:
    return f" ({'; '.join(text for text, _ in Counter(found).most_common(3))})" if found else ""


def _peers(place: Place, count: int) -> Iterator[tuple[str, str]]:
    """The same headers, with their credential in place of ours."""
    with running_peers(place) as peers:
        for target in peers.targets if peers else []:
            credential = target.headers["Authorization"].partition(" ")
            headers = [
                header.replace(b"Bearer ", credential[0].encode() + b" ").replace(b"API-Key:", b"Authorization:")
                for header in islice(hostile_headers(credential[2]), min(count // 7, MOST_FOR_PEERS))
            ]
            host = urlsplit(target.url).netloc.encode()
            messages = [
                b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n"
                % (PATHS[target.name].encode(), host, header)
                for header in headers
                if not header.startswith(b"Host:")
            ]
            with ThreadPoolExecutor(SENDERS) as senders:
                answers = list(senders.map(lambda message: send(peers.server.url, message, seconds=2), messages))  # type: ignore[union-attr]
            yield target.name, f"of {len(messages):,} hostile headers: {_statuses(answers)}"
