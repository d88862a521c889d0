"""`python -m benchmarks.site.usage_writer`: writes the use of 10,000 keys, in a new hour and then within it.

A round trip is an answer of PostgreSQL's after which it is ready for the next query.
"""

import json
import sys
import time
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from dev import machine  # noqa: E402
from oncekeys.models import ApiKey  # noqa: E402
from oncekeys.services.usage import Gatherer  # noqa: E402

KEYS = 10_000
ROUNDS = 5


def main() -> None:
    keys = list(ApiKey.objects.order_by("key_id")[:KEYS])  # in no order of their rows
    if len(keys) < KEYS:
        raise SystemExit(f"There are only {len(keys)} keys.")
    now = timezone.now()
    new_hour, *same_hour = (_measured(keys, at=now + timedelta(microseconds=number)) for number in range(1 + ROUNDS))
    middle = sorted(same_hour, key=itemgetter("cpu_s"))[ROUNDS // 2]
    json.dump({"new_hour": new_hour, "same_hour": middle}, sys.stdout)


def _measured(keys: list[ApiKey], *, at: datetime) -> dict[str, Any]:
    gatherer = Gatherer()
    for key in keys:
        gatherer.note(key, at=at, address="203.0.113.9")
    raw = connection.connection.pgconn
    with TemporaryDirectory() as directory, (Path(directory) / "trace").open("w+b") as trace:
        before = _cpu_seconds(raw.backend_pid)
        raw.trace(trace.fileno())
        gatherer.write_all(seconds=600)
        raw.untrace()
        after = _cpu_seconds(raw.backend_pid)
        trace.seek(0)
        round_trips = trace.read().count(b"ReadyForQuery")
    python, database = (end - begin for begin, end in zip(before, after, strict=True))
    return {"round_trips": round_trips, "cpu_s": python + database, "python_cpu_s": python}


def _cpu_seconds(backend: int) -> tuple[float, float]:
    return time.process_time(), machine.cpu_seconds([backend])


if __name__ == "__main__":
    main()
