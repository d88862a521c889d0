"""In a thread that answers requests, no statement takes longer than `DATABASE_TIMEOUT_SECONDS`; elsewhere all may.

The server enforces that itself, and waits half as long for a lock. A server that hangs enforces nothing, though its
connections stay open: then the client gives up, and threads of its kind open no other for a second, so that what waits
for them is soon answered.

A commit that is canceled while it waits for a standby, as by that limit, is done all the same: the server only warns
that no standby may have it. It counts as failed here, since a failover would undo it.

The limits are set by a statement. PgBouncer refuses them as parameters of a connection, and has to set them itself.
"""

import time
from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg.errors import ConnectionTimeout

from config import request_threads
from config.postgresql import compat
from config.request_threads import RequestThreads

PAUSE_SECONDS = 1.0

LIMITS = """
SELECT set_config('statement_timeout', %s, false),
       set_config('lock_timeout', %s, false),
       set_config('idle_in_transaction_session_timeout', %s, false)
"""


class DatabaseWrapper(base.DatabaseWrapper):
    _has_warned = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = self._connect(conn_params)
        connection.add_notice_handler(self._note_warning)
        return connection

    def commit(self) -> None:
        self._has_warned = False
        super().commit()
        if self._has_warned:
            raise OperationalError("The change was committed, but no standby may have it.")

    def _note_warning(self, notice: psycopg.errors.Diagnostic) -> None:
        self._has_warned = self._has_warned or notice.severity_nonlocalized == "WARNING"

    def _connect(self, conn_params: dict[str, Any]) -> Any:
        threads = request_threads.around()
        if threads is None:
            return super().get_new_connection(conn_params)
        if time.monotonic() - threads.gave_up_at < PAUSE_SECONDS:
            raise psycopg.OperationalError("The server did not answer a moment ago.")
        try:
            connection = super().get_new_connection(conn_params)
        except ConnectionTimeout:
            _give_up(threads)
            raise
        compat.limit_waits(connection, settings.DATABASE_TIMEOUT_SECONDS, partial(_give_up, threads))
        return connection

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if request_threads.around():
            milliseconds = 1000 * settings.DATABASE_TIMEOUT_SECONDS
            with self.cursor() as cursor:
                cursor.execute(LIMITS, [f"{limit:.0f}" for limit in (milliseconds, milliseconds / 2, milliseconds)])


def _give_up(threads: RequestThreads) -> None:
    threads.gave_up_at = time.monotonic()
