"""The place in the audit log where a page begins, as an address can hold it: `1780236131000000.42`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# No longer than what a moment and a number can be.
WELL_FORMED = re.compile(r"(\d{1,16})\.(\d{1,18})", re.ASCII)


class Event(Protocol):
    at: datetime
    pk: Any


def encode(event: Event) -> str:
    """Return the cursor of the page before this event."""
    return f"{(event.at - EPOCH) // MICROSECOND}.{event.pk}"


def decode(text: str) -> tuple[datetime, int] | None:
    """Return the event's time and number, or None, the first page, for anything that isn't a cursor."""
    match = WELL_FORMED.fullmatch(text)
    return match and (EPOCH + int(match[1]) * MICROSECOND, int(match[2]))
