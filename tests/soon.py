"""Waits for work in the background, which is done a moment after the response."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 30


def soon(question: Callable[[], Answer | None]) -> Answer:
    """Its answer, once there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"There was no answer within {PATIENCE_SECONDS} seconds.")
