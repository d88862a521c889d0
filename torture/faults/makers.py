"""Someone who makes keys while something breaks, and what has become of them afterwards."""

import threading
from collections.abc import Sequence

from dev.servers import Server
from torture.place import Database
from torture.races import shown_keys
from torture.traffic import Caller, Person, Reply


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


def truth_about(database: Database, site: Server, shown: Sequence[str]) -> tuple[int, int, int]:
    """Return how many shown keys do not work, how many keys are stored, and how many creations the audit log has."""
    caller = Caller(site.url)
    lost = sum(caller.test(key).status != 200 for key in shown)
    stored = database.count("FROM oncekeys_apikey WHERE coalesce(secret_hash, '') <> '-'")
    events = database.count("FROM oncekeys_auditevent WHERE kind = 'api_key.created'")
    return lost, stored, events
