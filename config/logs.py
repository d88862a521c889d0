"""Writes the site's log: a line a record, as text or JSON, with the request's ID and never with a key.

While the database is away, each request fails in the same way. One line a second says so, and how many it speaks for.
"""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from config import request_ids
from oncekeys.keys.masking import MaskingFormatter

SECONDS = 1.0
SERVER_ERROR = 500
UNAVAILABLE = 503


class TextFormatter(MaskingFormatter):
    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_ids.current.get()
        return super().format(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _moment(record)


class JSONFormatter(TextFormatter):
    """One object a line: what a log collector reads without a pattern."""

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return json.dumps(_facts(record), ensure_ascii=False, default=str)

    def formatException(self, ei: Any) -> str:
        """Empty: it's in the object."""
        return ""


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts = {
        "time": _moment(record),
        "level": record.levelname,
        "logger": record.name,
        "message": record.message,
        "request_id": getattr(record, "request_id", "-"),
        **getattr(record, "security", {}),
    }
    if record.exc_info and record.exc_info[0]:
        facts["traceback"] = logging.Formatter().formatException(record.exc_info)
    return facts


def _moment(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S}.{record.msecs:03.0f}Z"


class ConsoleHandler(logging.StreamHandler[Any]):
    """Standard error. `logging` calls `emit` under the handler's lock."""

    def __init__(self) -> None:
        super().__init__()
        self._last_said_at = float("-inf")
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        is_of_outage = _is_of_outage(record)
        if is_of_outage and now - self._last_said_at < SECONDS:
            self._left_out += 1
            return
        if is_of_outage:
            self._last_said_at = now
            super().emit(_shortened(record, and_left_out=self._left_out))
            self._left_out = 0
            return
        if self._left_out and now - self._last_said_at >= SECONDS:
            super().emit(_about_those_left_out(record, self._left_out))
            self._left_out = 0
        super().emit(_without_traceback(record) if _is_refusal(record) else record)


def _is_of_outage(record: logging.LogRecord) -> bool:
    """A request found the database, the cache or a thread away.

    Its 503 says so. Other errors of the database, such as a deadlock of work in the background, may be ours.
    """
    return bool(getattr(record, "status_code", None) == UNAVAILABLE)


def _is_refusal(record: logging.LogRecord) -> bool:
    """Return whether the request was wrong, such as a foreign Host header, and nothing of ours."""
    return getattr(record, "status_code", SERVER_ERROR) < SERVER_ERROR


def _shortened(record: logging.LogRecord, *, and_left_out: int) -> logging.LogRecord:
    message = record.getMessage()
    if record.exc_info and record.exc_info[1]:
        reason = str(record.exc_info[1]).strip().partition("\n")[0]
        message += f" ({type(record.exc_info[1]).__name__}: {reason})"
    if and_left_out:
        message += f" and {and_left_out} more lines like it in the last second or more"
    return _changed(record, msg=message, args=(), exc_info=None, exc_text=None)


def _about_those_left_out(record: logging.LogRecord, count: int) -> logging.LogRecord:
    message = f"{count} more requests failed in the outage before"
    return _changed(record, name="django.request", msg=message, args=(), exc_info=None, exc_text=None, security={})


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    return _changed(record, exc_info=None, exc_text=None)


def _changed(record: logging.LogRecord, **changes: Any) -> logging.LogRecord:
    """A copy: other handlers may want the whole."""
    return logging.makeLogRecord({**record.__dict__, **changes})
