"""Private parts of psycopg that we use. `tests/test_compat.py` fails if it changes them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from psycopg.errors import _WaitTimeout


def limit_waits(connection: Any, seconds: float, gave_up: Callable[[], None]) -> None:
    """Raise OperationalError where the server takes longer over one answer, and close the connection."""
    connection.wait = partial(_wait, connection.wait, seconds, connection.close, gave_up)


def _wait(
    wait: Any, seconds: float, close: Callable[[], None], gave_up: Callable[[], None], *arguments: Any, **options: Any
) -> Any:
    """Wait like `Connection.wait`. A connection on which it gave up can't be used again."""
    try:
        return wait(*arguments, **{"timeout": seconds, **options})
    except _WaitTimeout:
        gave_up()
        close()
        raise
