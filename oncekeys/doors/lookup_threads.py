"""Looks keys up, under ASGI in a few threads that keep their database connections.

An ASGI server has a thread for each request (asgiref's ThreadSensitiveContext), and Django a connection for each
thread. One that outlives its request by CONN_MAX_AGE is never used again, and under load they soon are all there are.
So CONN_MAX_AGE has to be 0 there, and these threads keep their own connections all the same.

Elsewhere a key is looked up where the request is: that is the thread of a WSGI server, or a test's transaction.
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

# With a thread that waits for a database that hangs, and a look-up that waits for the thread.
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
    """In this thread, where the project keeps none: not even in a pool, which lends them itself."""
    for connection in connections.all():
        options = connection.settings_dict
        if options["CONN_MAX_AGE"] == 0 and not options["OPTIONS"].get("pool"):
            connection.settings_dict = {**options, "CONN_MAX_AGE": KEPT_SECONDS}


_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="oncekeys-lookup", initializer=_keep_connections)


def run(look_up: Callable[[], Result]) -> Result:
    """Return or raise what the look-up does. Raises Unavailable if it takes too long."""
    if not compat.thread_is_for_one_request():
        return look_up()
    future = _submit(look_up)
    try:
        return future.result(PATIENCE_SECONDS)
    except FutureTimeoutError:
        future.cancel()
        raise Unavailable from None


async def arun(look_up: Callable[[], Result]) -> Result:
    """The same for async code."""
    if not compat.thread_is_for_one_request():
        return await sync_to_async(look_up)()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(_submit(look_up)), PATIENCE_SECONDS)
    except TimeoutError:
        raise Unavailable from None


@cache
def _warn() -> None:
    """Once, since no check knows which server there will be."""
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
