"""People who guess passwords take neither the threads of keys nor the memory of the machine."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from dev.servers import running_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

GUESSERS = 24
SECONDS = 4
MOST_MEMORY_MIB = 150  # of a worker, which takes some 100 without guesses and 20 for one
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def guess(site, address: str, over: Event) -> list[int]:
    """Return the site's answers to one guess after another from this IP address."""
    statuses = []
    with site.client(headers={"X-Forwarded-For": address}) as browser:
        while not over.is_set():
            page = browser.get("/login/")
            if page.status_code == 200:
                form = {
                    "login": f"{address}@acme.example",
                    "password": "a guess",
                    "csrfmiddlewaretoken": TOKEN.findall(page.text)[0],
                }
                page = browser.post("/login/", data=form)
            statuses.append(page.status_code)
    return statuses


def peak_memory_mib(site) -> float:
    """Return the memory of the worker that took the most."""
    main = site.process.pid
    pids = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return max(int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) for pid in pids) / 1024


@pytest.mark.full  # 24 people guess for seconds
def test_guesses_from_many_addresses_leave_keys_and_memory_alone(static_files, tmp_path, crm):
    over = Event()
    with (
        running_server(tmp_path / "log", TRUSTED_PROXY_HOPS="1") as site,
        ThreadPoolExecutor(GUESSERS) as pool,
    ):
        guessers = [pool.submit(guess, site, f"192.0.2.{number}", over) for number in range(GUESSERS)]
        answers = []
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            answers.append(site.test(crm.token.reveal()).status_code)
        over.set()
        guesses = [status for guesser in guessers for status in guesser.result()]
        memory = peak_memory_mib(site)

    assert set(answers) == {200}  # with no thread left for it, a call gets 503
    assert set(guesses) <= {200, 429, 503}
    assert memory < MOST_MEMORY_MIB
