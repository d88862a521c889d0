"""The effort of a run: enough for figures to publish, or just enough to see that everything works."""

import os
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Effort:
    """`seconds` is the length of one measurement, after a `warm_up`.

    `many` stands for a million keys, and `requests` for ten thousand.
    """

    rounds: int
    seconds: int
    warm_up: int
    many: int
    requests: int
    few: int = 1_000

    def at_most(self, rounds: int) -> "Effort":
        return replace(self, rounds=min(rounds, self.rounds))


FULL = Effort(rounds=5, seconds=2, warm_up=1, many=1_000_000, requests=10_000)
QUICK = Effort(rounds=1, seconds=1, warm_up=0, many=20_000, requests=1_000)


def is_quick() -> bool:
    return os.environ.get("QUICK", "") not in {"", "0"}


def chosen() -> Effort:
    return QUICK if is_quick() else FULL
