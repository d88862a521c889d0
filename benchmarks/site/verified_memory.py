"""Fills the cache of verified keys, and prints what the process weighs before and after."""

import gc
import json
import os
import sys

import django

django.setup()

from accounts.keys.token import Token  # noqa: E402
from accounts.keys.verified_cache import verified  # noqa: E402
from benchmarks import machine  # noqa: E402
from benchmarks.site.wsgi import application  # noqa: E402, F401  # what a worker has loaded

KEYS = 100_000
PHC = "$argon2id$v=19$m=19456,t=2,p=1$"


def main() -> None:
    before = _resident_mib()
    for number in range(KEYS):
        # Every hash is a text of its own, as rows from the database are.
        verified.remember(Token.mint("live"), f"{PHC}{number:066}")
    after = _resident_mib()
    json.dump({"keys": len(verified), "before_mib": before, "after_mib": after}, sys.stdout)


def _resident_mib() -> float:
    gc.collect()
    return machine.resident_mib(os.getpid())


if __name__ == "__main__":
    main()
