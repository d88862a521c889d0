"""`python -m benchmarks.site.in_process <key>`: times one authentication and one ORM query in turn, in this process."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from statistics import median
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from oncekeys.doors.requests import authenticate  # noqa: E402
from oncekeys.models import ApiKey  # noqa: E402
from oncekeys.services.refusals import Refused  # noqa: E402

GARBAGE = "garbage"
ROUNDS = 40
REPETITIONS = 100


def main(key: str) -> None:
    key_id = key.split("_")[2]
    times = _in_turn(lambda: _authenticate(key), lambda: _ask_the_orm(key_id))
    authentication, orm = ([1e6 * seconds for seconds in each] for each in times)
    json.dump(
        {
            "authentication_us": median(authentication),
            "orm_joins_us": median(orm),
            "ratio": median(above / below for above, below in zip(authentication, orm, strict=True)),
            "queries": _queries(lambda: _authenticate(key)),
            "queries_for_garbage": _queries(_present_garbage),
        },
        sys.stdout,
    )


def _authenticate(key: str) -> None:
    # A request that was asked about once is remembered to be, so each is a new one.
    authenticate(copy(PREPARED[key]))


def _present_garbage() -> None:
    with suppress(Refused):
        _authenticate(GARBAGE)


def _ask_the_orm(key_id: str) -> None:
    ApiKey.objects.select_related("account").get(key_id=key_id)


def _request(key: str) -> HttpRequest:
    return RequestFactory().get("/", headers={"API-Key": key})


PREPARED = {key: _request(key) for key in (*sys.argv[1:], GARBAGE)}


def _in_turn(*subjects: Callable[[], None]) -> list[list[float]]:
    """Seconds of one call of each subject, round by round, after a round that is not counted."""
    rounds = [[_seconds(subject) for subject in subjects] for _ in range(ROUNDS + 1)][1:]
    return [list(each) for each in zip(*rounds, strict=True)]


def _seconds(subject: Callable[[], None]) -> float:
    start = time.perf_counter()
    for _ in range(REPETITIONS):
        subject()
    return (time.perf_counter() - start) / REPETITIONS


def _queries(subject: Callable[[], None]) -> int:
    count = 0

    def counted(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counted):
        subject()
    return count


if __name__ == "__main__":
    main(sys.argv[1])
