"""Which server, with how many threads: the bare view and the plain door on each."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

from benchmarks import measure, servers
from benchmarks.figures import Figure
from benchmarks.servers import Server, gateway, granian, gunicorn
from benchmarks.workplace import Workplace

TITLE = "Production server, two worker processes"

COMMANDS: Mapping[str, Callable[[int], list[str]]] = {
    "granian and the gateway, 4 threads": gateway,
    "granian by WSGI, 4 threads": partial(granian, threads=4),
    "gunicorn sync": partial(gunicorn, threads=1),
    "gunicorn gthread, 4 threads": partial(gunicorn, threads=4),
}
PATHS = ("/bare", "/plain")


def run(workplace: Workplace) -> list[Figure]:
    with ExitStack() as stack:
        running = {name: _start(stack, command, workplace) for name, command in COMMANDS.items()}
        results = measure.in_turn(
            {
                f"{name}, {path[1:]}": _load(server, path, workplace)
                for name, server in running.items()
                for path in PATHS
            },
            workplace.effort.at_most(3),
        )
    middles = {name: measure.middle(taken) for name, taken in results.items()}
    return [
        *(Figure(name, middle.rps, "requests/s") for name, middle in middles.items()),
        *(Figure(f"{name}, p99", middle.p99_ms, "ms") for name, middle in middles.items()),
    ]


def _start(stack: ExitStack, command: Callable[[int], list[str]], workplace: Workplace) -> Server:
    port = servers.free_port()
    return stack.enter_context(servers.running(command(port), port, workplace.thousand.url))


def _load(server: Server, path: str, workplace: Workplace) -> partial[measure.Measurement]:
    headers = [workplace.thousand.credentials["oncekeys"]]
    return partial(measure.under_load, server, path, headers)
