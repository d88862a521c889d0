"""The database's primary is killed, and its standby takes over."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event

from dev.failover import Pair, pair
from torture.place import Place
from torture.rows import Row, counted
from torture.traffic import OURS, Caller, Target, Traffic, recovery_seconds, told, wait_until

KEYS = 60
SECONDS_TO_TAKE_OVER = 5.0


@dataclass(frozen=True)
class Loss:
    """Tells what was seen when a primary was lost.

    `calls` are the answers to a key that stays, `recovery` is how many seconds after the loss the last of them was not
    200. `confirmed` are the keys that were deleted by an answer of 204, `afterwards` what they are answered in the
    end.
    """

    calls: list[str]
    recovery: float
    confirmed: list[str]
    afterwards: list[str]


def failover(place: Place) -> Row:
    losses = [_loss(place) for _ in range(place.times(3))]
    calls = [status for loss in losses for status in loss.calls]
    afterwards = [status for loss in losses for status in loss.afterwards]
    recovery = max(loss.recovery for loss in losses)
    return Row(
        "Failover",
        "kill -9 of the primary amid calls and deletions, and its standby promoted",
        len(losses),
        f"200 or 503; 200 again within {SECONDS_TO_TAKE_OVER:.0f} s; no confirmed deletion is undone",
        f"{counted(calls)}; back after {recovery:.1f} s; {len(afterwards)} deletions confirmed, their keys answered "
        f"{counted(afterwards)}",
        held=set(calls) <= {"200", "503"}
        and recovery <= SECONDS_TO_TAKE_OVER
        and set(afterwards) == {"401"}
        and all(len(loss.confirmed) >= (KEYS - 1) // 2 for loss in losses),
    )


def _loss(place: Place) -> Loss:
    database = place.database("failover", keys=KEYS)
    stays, *leave = (each["key"] for each in database.keys)
    with (
        pair(place.postgresql, synchronous=True) as servers,
        place.site(replace(database, url=servers.url_of(database.url)), workers=2) as site,
    ):
        return lose_primary(servers, site.url, stays=stays, leave=leave)


def lose_primary(servers: Pair, url: str, *, stays: str, leave: Sequence[str]) -> Loss:
    """Kill the primary once half of the keys in `leave` are deleted, while `stays` is used, and promote the standby."""
    confirmed: list[str] = []
    over = Event()
    with Traffic([Target(OURS, url, "/api/v1/test", {"API_Key": stays})]) as traffic, ThreadPoolExecutor(1) as aside:
        deleting = aside.submit(_delete, url, leave, confirmed, over)
        wait_until(lambda: len(confirmed) >= len(leave) // 2)
        lost = time.monotonic()
        servers.primary.kill()
        servers.standby.promote()
        traffic.settled(OURS)
        settled = time.monotonic()
        over.set()
        deleting.result()
    calls = traffic.calls[OURS]
    return Loss(
        [told(call.status) for call in calls],
        recovery_seconds(calls, since=lost, until=settled),
        confirmed,
        [told(Caller(url).test(key).status) for key in confirmed],
    )


def _delete(url: str, keys: Sequence[str], confirmed: list[str], over: Event) -> None:
    """One key after the other, each until its deletion is confirmed."""
    caller = Caller(url)
    for key in keys:
        while not over.wait(0.005):
            status = caller.ask("DELETE", "/api/v1/key", API_Key=key).status
            if status == 204:
                confirmed.append(key)
            if status in {204, 401}:
                break
