"""What it costs a process to remember a hundred thousand keys, which is as many as it ever does."""

from benchmarks import environment
from benchmarks.figures import Figure
from benchmarks.workplace import Workplace

TITLE = "100,000 verified keys in one process"


def run(workplace: Workplace) -> list[Figure]:
    memory = environment.run("benchmarks.site.verified_memory", database_url=workplace.thousand.url)
    return [
        Figure("the process before", memory["before_mib"], "MiB"),
        Figure("the process after", memory["after_mib"], "MiB"),
        Figure("per key", (memory["after_mib"] - memory["before_mib"]) * 2**20 / memory["keys"], "bytes"),
    ]
