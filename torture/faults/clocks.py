"""The process's clock is wrong, while the database's is right."""

import re
import subprocess
from typing import Any

from dev.programs import find_program
from torture.place import Place
from torture.rows import Row
from torture.traffic import PAGES_MAY, Caller, Person, keys_of, told


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
