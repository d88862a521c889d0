"""Redis and the mail server: away, and silent."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from dev.ports import free_port
from dev.redis_server import redis_process
from torture.faults.makers import truth_about
from torture.place import Database, Place
from torture.races import shown_keys
from torture.rows import Row, counted
from torture.traffic import OURS, PAGES_MAY, Caller, Person, Target, Traffic, sign_in, told


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
