"""A worker of the server is killed while people make keys."""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from dev.servers import Server
from torture.faults.makers import Maker, truth_about
from torture.place import Place
from torture.rows import Row, counted
from torture.traffic import OURS, PAGES_MAY, Caller, Target, Traffic, told, wait_until

WORKERS = 2
CLIENTS = 4


def killed_workers(place: Place) -> Row:
    """One of two, by turns, as soon as the one before is replaced."""
    times = place.times(500, least=20)
    database = place.database("killed", accounts=CLIENTS * (times // CLIENTS // 25 + 2), keys=1)
    key = database.keys[0]["key"]
    with place.site(database, workers=WORKERS) as site, ExitStack() as stack:
        parts = [replace(database, slugs=database.slugs[n::CLIENTS]) for n in range(CLIENTS)]
        makers = [stack.enter_context(Maker(site.url, part, pause=0.2)) for part in parts]
        traffic = stack.enter_context(Traffic([Target(OURS, site.url, "/api/v1/test", {"API_Key": key})], clients=2))
        kills = _kill(site, traffic, lambda: sum(len(maker.replies) for maker in makers) >= times)
        stack.close()
        statuses = [told(reply.status) for maker in makers for reply in maker.replies]
        shown = [key for maker in makers for key in maker.shown]
        wait_until(lambda: Caller(site.url).test(key).status == 200)
        lost, stored, events = truth_about(database, site, shown)
    calls = traffic.statuses(OURS)
    return Row(
        "Worker killed",
        f"kill -9 of a worker, {kills} times, amid creations",
        len(statuses),
        "only what a killed worker was at is cut; no shown key that is not stored; one audit event for each key",
        f"keys {counted(calls.elements())}; creations {counted(statuses)}; "
        f"{len(shown):,} shown, {lost} of them not stored; {stored:,} stored, {events:,} events",
        held=not lost
        and stored == events
        and kills > 0
        and set(calls) <= {"200", "no answer"}
        and calls["no answer"] <= 2 * kills
        and statuses.count("no answer") <= CLIENTS * kills
        and set(statuses) <= PAGES_MAY | {"no answer"},
    )


def _kill(site: Server, traffic: Traffic, enough: Callable[[], bool]) -> int:
    """Return how many were killed until it was enough."""
    kills = 0
    while not enough() and site.process.poll() is None:
        if wait_until(partial(_all_serve, site, kills), patience=30):
            traffic.settled(OURS)
            os.kill(min(_workers(site), key=_started), signal.SIGKILL)
            kills += 1
    return kills


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
