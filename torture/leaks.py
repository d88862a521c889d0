"""Keys go through every door at debug level; then all that is kept anywhere is searched for them."""

import base64
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis

from dev.chromium import FLAGS, find_chromium
from dev.disguises import disguises, holders, holds, json_escaped, secret_of
from dev.redis_server import running_redis
from dev.servers import ROOT, Server
from torture.place import EMAIL, PASSWORD, SETTINGS, Database, Place, manage
from torture.races import rotate, shown_keys
from torture.rows import Row, counted
from torture.traffic import Caller, Person, Reply, at_once, keys_of

KEYS = 800  # and a quarter of them on SQLite besides
CAP = 25
FAILING = 4
PEOPLE = 4
SENDERS = 2
TRACKED = (
    *("granian", "--interface", "asginl", "--no-ws", "--workers", "2", "--port", "{port}"),
    "torture.tracked:application",
)
BETWEEN_MAILS = b"\n" + b"-" * 79 + b"\n"
Contents = dict[str, bytes]
Call = Callable[[], Reply]


def run(place: Place) -> Iterator[Row]:
    yield searcher(place)
    kinds = (on_postgresql, on_sqlite, in_a_browser) if place.share == 1 else (on_postgresql, on_sqlite)
    yield from at_once([partial(kind, place) for kind in kinds])


def searcher(place: Place) -> Row:
    """Plant a key's secret and a password in every disguise, in noise as long as a log."""
    secrets = [b"7Fh2k9QxYz12" * 3 + b"7Fh2k9Q", PASSWORD.encode()]
    noise = b"2026-11-26 20:00:00 INFO nothing of interest here\n" * 2_000
    hidden = [disguise for secret in secrets for disguise in _hidden(secret)]
    planted = {f"place {number}": noise + disguise + noise for number, disguise in enumerate(hidden)}
    found = {name for name, _ in holders({**planted, "clean": noise}, secrets, place.folder("searcher"))}
    alone = sum(any(holds(content, secret) for secret in secrets) for content in planted.values())
    return Row(
        "Leaks: the search itself",
        "a secret and a password planted in each disguise, in noise",
        len(planted),
        "each is found, and nothing where there is none",
        f"{len(found - {'clean'})} found; {'one' if 'clean' in found else 'none'} where there is none",
        held=found == set(planted) and alone == len(planted),
    )


def _hidden(secret: bytes) -> list[bytes]:
    text = secret.decode()
    return [
        *(needle for each in disguises(secret).values() for needle in each),
        *(text.encode("utf-16"), text.encode("utf-16-be"), json_escaped(text)),
        "".join(f"%{byte:02X}" for byte in secret).encode(),
        "".join(f"\\x{byte:02x}" for byte in secret).encode(),
    ]


def on_postgresql(place: Place) -> Row:
    """On a server that holds nothing else, and logs every statement."""
    count = place.times(KEYS, least=10)
    with place.elsewhere(log_statement="all") as here, running_redis(place.folder("redis")) as redis:
        database = _told(here, "leaks", count)
        contents, secrets = _lived(here, database, count, CACHE_URL=redis)
        contents |= {"cache": _cache(redis), "dump": here.postgresql.dump(database.url)}
        contents["data files and WAL"] = b"\n".join(path.read_bytes() for path in here.postgresql.files())
        contents["log of PostgreSQL"] = here.postgresql.log.read_bytes()
        return _row(place, "PostgreSQL", count, contents, secrets)


def on_sqlite(place: Place) -> Row:
    count = place.times(KEYS // 4, least=5)
    database = _told(place, "leaks", count, sqlite=True)
    contents, secrets = _lived(place, database, count)
    folder = Path(database.url.removeprefix("sqlite:///")).parent
    contents |= {path.name: path.read_bytes() for path in folder.iterdir()}
    return _row(place, "SQLite", count, contents, secrets)


def _told(place: Place, name: str, count: int, *, sqlite: bool = False) -> Database:
    return place.database(name, sqlite=sqlite, accounts=PEOPLE * (-(-count // PEOPLE) // (CAP - 1) + 1))


def _lived(place: Place, database: Database, count: int, **environment: Any) -> tuple[Contents, list[bytes]]:
    """Return what is left of keys that were made, used, refused, rotated and deleted, and of what failed with them.

    With it come the secrets: those of keys, and what else no one else may know.
    """
    mails, sent = place.folder("mails"), place.folder("sent")
    debugging: dict[str, Any] = {
        "DEBUG": "true",
        "LOG_LEVEL": "DEBUG",
        "EMAIL_URL": f"file:///{mails}",
        "SENT": str(sent),
    }
    keys: list[str] = []
    with place.site(database, command=TRACKED, **debugging, **environment) as site:
        share = len(database.slugs) // PEOPLE
        lives = [
            partial(_live, site, database, database.slugs[n * share : (n + 1) * share], -(-count // PEOPLE))
            for n in range(PEOPLE)
        ]
        with ThreadPoolExecutor(PEOPLE) as people:
            replies = [reply for each in people.map(lambda life: life(keys), lives) for reply in each]
        printed = [manage(database.url, "create_api_key", database.slugs[0], f"By hand {n}") for n in range(2)]
        keys += [key.strip() for key in printed]
        pages = _failed(place, site, database, keys)
        _sign_in(site)
        log = b"".join([site.log.read_bytes(), *at_once([partial(_send_emails, database, debugging)] * SENDERS)])
    secrets = [*map(secret_of, dict.fromkeys(keys)), PASSWORD.encode(), SETTINGS["SECRET_KEY"].encode()]
    contents = {"log": log, "answers": b"\n".join(reply.body for reply in replies)}
    contents["error pages with DEBUG"] = b"\n".join(page.body for page in pages)
    contents["mails"] = b"\n".join(_mails(mails))
    contents["error tracker"] = b"\n".join(file.read_bytes() for file in sent.iterdir())
    contents["sessions"] = _sessions(database)
    empty = [name for name, content in contents.items() if not content]
    if empty:
        raise RuntimeError(f"There is nothing to search in {', '.join(empty)}.")
    return contents, secrets


def _live(site: Server, database: Database, slugs: tuple[str, ...], count: int, keys: list[str]) -> list[Reply]:
    """The answers in which no key may be."""
    person, caller = Person(site.url, database.session), Caller(site.url)
    replies: list[Reply] = []
    for number in range(count):
        slug = slugs[number // (CAP - 1)]
        made = person.create(slug, f"Key {number}")
        [key] = shown_keys(made)
        keys.append(key)
        replies += [each() for each in _in_turn(_uses(caller, key), number) + _in_turn(_misuses(caller, key), number)]
        if number % 4 == 0:
            keys.append(json.loads(rotate(site, key).body)["api_key"])
            replies += [person.ask("GET", f"{keys_of(slug)}{key[8:20]}/")]
        if number % 4 == 1:
            replies.append(caller.ask("DELETE", "/api/v1/key", API_Key=key))
        if number % 4 == 2:
            replies.append(person.post(f"{keys_of(slug)}{key[8:20]}/delete/"))
        replies.append(caller.test(key))
    return replies


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def _in_turn(calls: list[Call], number: int) -> list[Call]:
    """Return two of them, so that all have had their turn after half as many keys."""
    return [calls[(2 * number + n) % len(calls)] for n in range(2)]


def _uses(caller: Caller, key: str) -> list[Call]:
    """Every form in which a key may be sent."""
    ways: list[dict[str, str]] = [
        {"API_Key": key},
        {"X_API_Key": key},
        {"Authorization": f"Bearer {key}"},
        {"Authorization": basic(f"{key}:")},
    ]
    return [partial(caller.ask, "GET", path, **way) for way in ways for path in ("/api/v1/test", "/api/v1/verify")]


def _misuses(caller: Caller, key: str) -> list[Call]:
    """Mistyped, in another's header, and where no key belongs."""
    ask = partial(partial, caller.ask, "GET", "/api/v1/test")
    body = json.dumps({"api_key": key})
    return [
        ask(API_Key=key[:-1]),
        ask(API_Key=f'"{key}"'),
        ask(Authorization=key),
        ask(Authorization=basic(f"user:{key}")),
        ask(API_Key=key, X_API_Key=key),
        ask(Cookie=f"key={key}", Referer=f"http://x/{key}", User_Agent=key),
        partial(caller.ask, "GET", f"/api/v1/{key}?api_key={key}"),
        partial(caller.ask, "POST", "/api/v1/key/rotate", body=body, Content_Type="application/json"),
    ]


def _failed(place: Place, site: Server, database: Database, keys: list[str]) -> list[Reply]:
    """A table that the code does not find is nobody's fault but ours: 500, a report, and with DEBUG its page."""
    person, caller, slug = Person(site.url, database.session), Caller(site.url), database.slugs[-1]
    fresh = [key for number in range(FAILING) for key in shown_keys(person.create(slug, f"To fail {number}"))]
    keys += fresh
    with place.breaking(database) as execute:
        execute("ALTER TABLE oncekeys_auditevent RENAME TO elsewhere")
        pages = [person.create(slug, f"Failed {number}") for number in range(FAILING)]
        for key in fresh:
            pages += [rotate(site, key), caller.ask("DELETE", "/api/v1/key", Authorization=f"Bearer {key}")]
            pages += [caller.ask("DELETE", f"/api/v1/key?key={key}", Authorization=basic(f"{key}:"))]
        execute("ALTER TABLE elsewhere RENAME TO oncekeys_auditevent")
    expected = 503 if database.is_sqlite else 500  # there, a table that is missing looks like a database that is away
    if {page.status for page in pages} != {expected}:
        raise RuntimeError(f"Not all failed: {counted(page.status for page in pages)}")
    return pages


def _sign_in(site: Server) -> None:
    caller = Caller(site.url, headers={"Cookie": f"csrftoken={'a' * 32}"})
    form = f"login={EMAIL.replace('@', '%40')}&password={PASSWORD.replace(' ', '+')}&csrfmiddlewaretoken={'a' * 32}"
    caller.ask("POST", "/login/", body=form, Content_Type="application/x-www-form-urlencoded")


def _send_emails(database: Database, environment: Mapping[str, str]) -> bytes:
    """Send what waits in the outbox. Return the log."""
    everything = {**os.environ, **SETTINGS, **environment, "DATABASE_URL": database.url}
    command = [sys.executable, "manage.py", "send_emails", "--once"]
    return subprocess.run(command, cwd=ROOT, env=everything, stderr=subprocess.PIPE, check=True).stderr


def _mails(folder: Path) -> Iterator[bytes]:
    """As they were sent, and as they are read."""
    for file in folder.iterdir():
        for mail in map(message_from_bytes, file.read_bytes().split(BETWEEN_MAILS)[:-1]):
            yield mail.as_bytes()
            yield from (part.get_payload(decode=True) or b"" for part in mail.walk() if not part.is_multipart())  # type: ignore[misc]


def _sessions(database: Database) -> bytes:
    """Return what is in them, without their signature."""
    stored = [str(data) for (data,) in database.rows("SELECT session_data FROM django_session")]
    decoded = []
    for data in stored:
        whole = data.lstrip(".").partition(":")[0]
        decoded.append(base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)))

    return b"\n".join(
        zlib.decompress(raw) if data.startswith(".") else raw for data, raw in zip(stored, decoded, strict=True)
    )


def _cache(url: str) -> bytes:
    with Redis.from_url(url) as redis:
        return repr({name: redis.get(name) for name in redis.scan_iter()}).encode() or b"empty"


def _row(place: Place, name: str, count: int, contents: Mapping[str, bytes], secrets: list[bytes]) -> Row:
    found = list(holders(contents, secrets, place.folder("search")))
    size = sum(map(len, contents.values())) / 2**20
    where = "; ".join(f"{place} ({how})" for place, how in found)
    return Row(
        f"Leaks: {name}",
        f"made, used, refused, rotated, deleted, and in 500s, at debug level; searched: {', '.join(contents)}",
        count,
        "no key, password or secret key in plain, base64, hex, URL-encoded, escaped, UTF-16 or reversed",
        f"{len(found)} places of {len(contents)} with {size:,.0f} MiB hold one of {len(secrets):,} secrets"
        + (f": {where}" if where else ""),
        held=not found,
    )


def in_a_browser(place: Place) -> Row:
    """Look what a browser keeps after keys were made: its profile, and of a HAR all but the answers that show one."""
    count = place.times(5, least=1)
    database, folder = place.database("browser", accounts=1), place.folder("browser")
    har, profile = folder / "session.har", folder / "profile"
    with place.site(database) as site:
        keys = _made_in_a_browser(site, database, profile, har, count)
    entries = json.loads(har.read_text())["log"]["entries"]
    shown = [entry for entry in entries if _shows_a_key(entry)]
    others = json.dumps([entry for entry in entries if entry not in shown]).encode()
    contents = {"HAR": others} | {
        str(p.relative_to(profile)): p.read_bytes() for p in profile.rglob("*") if p.is_file()
    }
    found = list(holders(contents, map(secret_of, keys), place.folder("search")))
    size = sum(map(len, contents.values())) / 2**20
    where = "; ".join(f"{place} ({how})" for place, how in found)
    return Row(
        "Leaks: a browser",
        "keys made, copied and closed in Chromium; its profile and its HAR searched",
        count,
        "each key in the one answer that shows it, and nowhere else",
        f"{len(shown)} answers show {len(keys)} keys; {len(found)} of {len(contents)} files with {size:,.0f} MiB "
        f"hold one{': ' + where if where else ''}",
        held=len(shown) == len(keys) == count and not found,
    )


def _shows_a_key(entry: dict[str, Any]) -> bool:
    return entry["request"]["method"] == "POST" and entry["request"]["url"].endswith("/keys/new/")


def _made_in_a_browser(site: Server, database: Database, profile: Path, har: Path, count: int) -> list[str]:
    from playwright.sync_api import sync_playwright

    program, keys = find_chromium(), []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            args=FLAGS,
            base_url=site.url,
            record_har_path=har,
            record_har_content="embed",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.add_cookies([{"name": "sessionid", "value": database.session, "url": site.url}])
        page = context.new_page()
        page.goto(keys_of(database.slugs[0]).removesuffix("keys/"))
        for number in range(count):
            page.get_by_role("link", name="Create API key").first.click()
            page.get_by_label("API Key Name").fill(f"Browser {number}")
            page.get_by_role("button", name="Generate key").click()
            keys.append(page.get_by_role("group", name="API key").inner_text().strip())
            page.get_by_role("button", name="Copy & close").click()
            page.get_by_role("dialog").wait_for(state="detached")
        page.reload()
        page.evaluate("navigator.clipboard.writeText('')")
        context.close()
    return keys
