"""Where a key is looked up: under ASGI, in a few threads that keep their database connections.

An ASGI server has a thread for each request (asgiref's ThreadSensitiveContext), and Django a connection for each
thread. One that outlives its request by CONN_MAX_AGE is never used again, and under load they soon are all there are.
Elsewhere a key is looked up where the request is: that is the thread of a WSGI server, or a test's transaction.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextvars import copy_context
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from oncekeys import compat
from oncekeys.services.refusals import Unavailable

# With a thread that waits for a database that hangs, and a look-up that waits for the thread.
PATIENCE_SECONDS = 3

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="oncekeys-lookup")


def run(look_up: Callable[[], Result]) -> Result:
    """What the look-up returns or raises. Raises Unavailable where it takes too long."""
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


def _submit(look_up: Callable[[], Result]) -> Future[Result]:
    return _threads.submit(copy_context().run, _look_up, look_up)


def _look_up(look_up: Callable[[], Result]) -> Result:
    compat.leave_threads_of_request()
    try:
        return look_up()
    finally:
        close_old_connections()  # as Django does after each request, with its own threads
