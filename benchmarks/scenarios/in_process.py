"""Without a server: one authentication against the ORM's query for the same rows."""

from benchmarks import environment
from benchmarks.figures import Figure
from benchmarks.workplace import Workplace

TITLE = "In process, microseconds"


def run(workplace: Workplace) -> list[Figure]:
    key = workplace.thousand.credentials["oncekeys"].removeprefix("API-Key: ")
    took = environment.run("benchmarks.site.in_process", key, database_url=workplace.thousand.url)
    return [
        Figure("one authentication", took["authentication_us"], "µs"),
        Figure("one ORM query with a join", took["orm_joins_us"], "µs"),
        Figure("authentication / ORM query", took["ratio"], "×", at_most=0.2),
        Figure("queries of an authentication", took["queries"], "", at_most=1),
        Figure("queries for garbage", took["queries_for_garbage"], "", at_most=0),
    ]
