"""The disk is full, on SQLite."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dev.servers import Server
from torture.faults.makers import truth_about
from torture.place import Database, Place
from torture.races import rotate, shown_keys
from torture.rows import Row, counted
from torture.traffic import Caller, Person, Reply, keys_of, told


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

    keys: list[Reply]
    writes: list[Reply]
    sign_in: Reply
    afterwards: Reply
    claims: list[str]
    lost: int
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
    lost, stored, events = truth_about(small, site, [key for reply in changes for key in shown_keys(reply)])
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
