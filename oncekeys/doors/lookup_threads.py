"""Looks keys up. Under ASGI, a few threads do that and keep their database connections.

An ASGI server has a thread for each request (asgiref's ThreadSensitiveContext), and Django a connection for each
thread. A connection that outlives its request by CONN_MAX_AGE is never used again, and under load such connections soon
use up all that the database allows. So CONN_MAX_AGE must be 0 there, and only these threads keep their connections.

Otherwise a key is looked up in the request's own thread: that of a WSGI server, or of a test and its transaction.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextvars import copy_context
from functools import cache
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

from oncekeys import compat
from oncekeys.services.refusals import Unavailable

# How long a request waits for a look-up, including the wait for a thread. The database may hang.
PATIENCE_SECONDS = 3
# How long one of these threads keeps a connection where the project keeps none.
KEPT_SECONDS = 600

ADVICE = (
    "Under ASGI each request has a thread of its own, so a connection that Django keeps for CONN_MAX_AGE is never used "
    "again, until the database has none left. Set CONN_MAX_AGE = 0, or Django's connection pool. Keys are looked up on "
    "connections that are kept nevertheless."
)

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def keeps_too_many() -> bool:
    """Return whether the project has Django keep connections, which it shouldn't under ASGI."""
    return any(connection.settings_dict["CONN_MAX_AGE"] != 0 for connection in connections.all())


def _keep_connections() -> None:
    """Have this thread keep its connections if the project keeps none. A pool keeps them itself."""
    for connection in connections.all():
        options = connection.settings_dict
        if options["CONN_MAX_AGE"] == 0 and not options["OPTIONS"].get("pool"):
            connection.settings_dict = {**options, "CONN_MAX_AGE": KEPT_SECONDS}


_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="oncekeys-lookup", initializer=_keep_connections)


def run(look_up: Callable[[], Result]) -> Result:
    """Return the look-up's result, or raise its exception. Raises Unavailable if it takes too long."""
    if not compat.thread_is_for_one_request():
        return look_up()
    future = _submit(look_up)
    try:
        return future.result(PATIENCE_SECONDS)
    except FutureTimeoutError:
        future.cancel()
        raise Unavailable from None


async def arun(look_up: Callable[[], Result]) -> Result:
    """Do the same for async code."""
    if not compat.thread_is_for_one_request():
        return await sync_to_async(look_up)()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(_submit(look_up)), PATIENCE_SECONDS)
    except TimeoutError:
        raise Unavailable from None


@cache
def _warn() -> None:
    """Warn once at runtime, since a check can't know which server will run."""
    if keeps_too_many():
        logger.warning(ADVICE)


def _submit(look_up: Callable[[], Result]) -> Future[Result]:
    _warn()
    return _threads.submit(copy_context().run, _look_up, look_up)


def _look_up(look_up: Callable[[], Result]) -> Result:
    compat.leave_threads_of_request()
    try:
        return look_up()
    finally:
        close_old_connections()  # as Django does after each request, with its own threads
