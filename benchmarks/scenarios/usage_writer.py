"""The use of ten thousand keys, as one process has it to write each minute."""

from benchmarks import environment
from benchmarks.figures import Figure
from benchmarks.workplace import Workplace

TITLE = "Writing the use of 10,000 keys"


def run(workplace: Workplace) -> list[Figure]:
    """CPU is that of the process and of its database connection together."""
    found = environment.run("benchmarks.site.usage_writer", database_url=workplace.million.url)
    return [
        Figure("usage/round_trips_10k", found["same_hour"]["round_trips"], at_most=100),
        Figure("usage/cpu_s_10k", found["same_hour"]["cpu_s"], at_most=1),
        Figure("of it in Python, s", found["same_hour"]["python_cpu_s"]),
        Figure("in a new hour: round trips", found["new_hour"]["round_trips"], at_most=100),
        Figure("in a new hour: CPU s", found["new_hour"]["cpu_s"]),
    ]
