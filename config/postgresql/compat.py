"""What we use of psycopg although it is private there. `tests/test_compat.py` says what has moved."""

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
    """As `Connection.wait`. A connection on which it gave up can't be used again."""
    try:
        return wait(*arguments, **{"timeout": seconds, **options})
    except _WaitTimeout:
        gave_up()
        close()
        raise
