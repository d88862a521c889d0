"""Django's cache in a table of ours, for limits that all processes keep together without a Redis.

Django's own `DatabaseCache` reads and then writes to count, so that two processes count one failure for two; it counts
its rows at each write, and throws out those that still hold once there are many. Here each operation is one statement.
"""

import json
import random
import time
import uuid
from hashlib import blake2b
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

UPSERT = """
    INSERT INTO accounts_limit (key, value, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
ADD = f"{UPSERT} WHERE accounts_limit.expires_at <= %s"
GET = "SELECT value FROM accounts_limit WHERE key = %s AND expires_at > %s"
COUNT = """
    UPDATE accounts_limit SET value = CAST(CAST(value AS bigint) + %s AS text)
    WHERE key = %s AND expires_at > %s RETURNING value
"""
TOUCH = "UPDATE accounts_limit SET expires_at = %s WHERE key = %s AND expires_at > %s"
DELETE = "DELETE FROM accounts_limit WHERE key = %s"
CLEAR = "DELETE FROM accounts_limit"
# What has expired, by one process at a time for each row: two that delete in different order would wait in a circle.
CLEAN = """
    DELETE FROM accounts_limit WHERE key IN (
        SELECT key FROM accounts_limit WHERE expires_at <= %s LIMIT 1000 {skip_locked}
    )
"""
SKIP_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED"}
# One of so many writes cleans up.
WRITES_TO_CLEAN = 50
FOREVER = 10.0**12


class DatabaseCache(BaseCache):
    """Values are what JSON can hold."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Add the value and return whether there was none. Of several processes that add one, one does."""
        values = [self._row(key, version), json.dumps(value), self._end(timeout), time.time()]
        return self._write(ADD, values) == 1

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(GET, [self._row(key, version), time.time()])
            found = cursor.fetchone()
        return json.loads(found[0]) if found else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._write(UPSERT, [self._row(key, version), json.dumps(value), self._end(timeout)])

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The number after it. Raises ValueError where there is none."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [delta, self._row(key, version), time.time()])
            counted = cursor.fetchall()
        if not counted:
            raise ValueError(f"Key '{key}' not found")
        return int(counted[0][0])

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._write(TOUCH, [self._end(timeout), self._row(key, version), time.time()]) == 1

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._write(DELETE, [self._row(key, version)]) == 1

    def clear(self) -> None:
        self._write(CLEAR, [])

    def _write(self, statement: str, values: list[Any]) -> int:
        """Return how many rows it changed."""
        with connection.cursor() as cursor:
            if random.randrange(WRITES_TO_CLEAN) == 0:  # noqa: S311 - no secret
                cursor.execute(CLEAN.format(skip_locked=SKIP_LOCKED.get(connection.vendor, "")), [time.time()])
            cursor.execute(statement, values)
            return cursor.rowcount

    def _row(self, key: str, version: int | None) -> Any:
        """Return the row's key, as `Limit.key` is stored."""
        digest = blake2b(self.make_key(key, version=version).encode(), digest_size=16).digest()
        number = uuid.UUID(bytes=digest)
        return number if connection.features.has_native_uuid_field else number.hex

    def _end(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return FOREVER if seconds is None else time.time() + seconds
