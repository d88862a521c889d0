"""An async view behind the decorator, beside what a thread and a connection for each request cost."""

from contextlib import ExitStack
from functools import partial

from benchmarks import measure, servers
from benchmarks.figures import Figure
from benchmarks.load import drive
from benchmarks.workplace import Workplace

TITLE = "An async view under Django's own ASGI handler"


def run(workplace: Workplace) -> list[Figure]:
    database = workplace.thousand
    with ExitStack() as stack:
        before, server = servers.together(
            stack,
            servers.running(database.url, servers.ASGI, DATABASE_CONNECTION_SECONDS="0"),
            servers.running(database.url, servers.ASGI),
        )
        results = measure.in_turn(
            {
                "door": partial(measure.under_load, server, "/async_door", database.headers),
                "thread for each request": partial(
                    measure.under_load, before, "/thread_for_each_request", database.headers
                ),
                "no key": partial(measure.under_load, server, "/bare", database.headers),
            },
            workplace.effort,
        )
    return [
        *measure.figures(results),
        Figure("async/today", measure.ratio(results["door"], results["thread for each request"]), at_least=4),
        _connections(workplace),
    ]


def _connections(workplace: Workplace) -> Figure:
    """Count the connections of a fresh server after many requests. Its threads hold one each, and two write."""
    database = workplace.thousand
    with servers.running(database.url, servers.ASGI) as server:
        asked = 0
        while asked < workplace.effort.requests:
            asked += drive(f"{server.url}/async_door", database.headers, seconds=1).requests
        limit = servers.WORKERS * servers.THREADS + 2
        return Figure("connections after 10,000 requests", database.connections(), at_most=limit)
