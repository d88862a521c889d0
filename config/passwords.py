"""Hashes passwords with the parameters that OWASP asks for with Argon2id, as for keys, one at a time in a process.

Django's default takes 100 MiB and eight threads for each guess, so that a few guesses a second starve all else. Here a
thread that gives way to all others hashes one after the other, and the threads for pages bound how many wait for it;
beyond that, people read that the site is busy.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from oncekeys.keys.argon2_pool import give_way
from oncekeys.keys.hashing import MINIMUM_COST

Result = TypeVar("Result")


class PasswordHasher(Argon2PasswordHasher):
    memory_cost = MINIMUM_COST.memory_kib
    time_cost = MINIMUM_COST.passes
    parallelism = MINIMUM_COST.lanes

    def encode(self, password: str, salt: str) -> str:
        return aside.run(partial(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        return aside.run(partial(super().verify, password, encoded))


class Aside:
    """One thread of each process, which keys needn't wait for: it has the lowest claim to the processor."""

    def __init__(self) -> None:
        self.reset()
        os.register_at_fork(after_in_child=self.reset)  # threads do not survive a fork

    def reset(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=give_way)

    def run(self, work: Callable[[], Result]) -> Result:
        return self._thread.submit(work).result()


aside = Aside()
