"""Five hundred keys that no process has seen yet, all at once, as after a deployment; a known key beside them."""

from benchmarks import burst, servers
from benchmarks.figures import Figure
from benchmarks.load import Driver, drive
from benchmarks.workplace import Workplace

TITLE = "Cold start"

KEYS = slice(0, 500)
HONEST = 4


def run(workplace: Workplace) -> list[Figure]:
    known = [workplace.thousand.credentials["oncekeys"]]
    headers = [f"API-Key: {key}" for key in workplace.thousand.fresh[KEYS]]
    with servers.production(workplace.thousand.url) as server:
        url = f"{server.url}/plain"
        drive(url, known, seconds=1, connections=HONEST)
        beside = Driver(url, known, seconds=2, connections=HONEST)
        answers = burst.send(url, headers)
        known_then = beside.result()
    waited = sorted(answer.seconds for answer in answers)
    return [
        Figure("until all 500 were accepted", waited[-1], "s"),
        Figure("until half of them were", waited[len(waited) // 2], "s"),
        Figure("answers of 503 on the way", sum(answer.retries for answer in answers), ""),
        Figure("a known key meanwhile", known_then.rps, "requests/s"),
        Figure("a known key meanwhile, p99", known_then.p99_ms, "ms"),
    ]
