"""A deletion takes effect on the very next request, in every process, however busy they are."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from accounts.services import site_accounts
from oncekeys.services import api_keys
from oncekeys.services.by import By

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("load")]

ACCOUNTS = 12  # of 25 keys each
CALLERS = 2


def test_a_deleted_key_is_refused_by_another_process_on_its_next_request(server, second_server, repeated):
    """Deletions under load, each followed at once by a request to both processes, which know the key well."""
    stale = []
    with under_load([server, second_server]):
        for number in range(repeated(ACCOUNTS)):
            account = site_accounts.create(name=f"Acme {number}", owner_email="ada@acme.example")
            created = [api_keys.create(account=account, by=By.system(), name=f"Key {n}") for n in range(25)]
            for key in created:
                text = key.token.reveal()
                assert [running.test(text).status_code for running in (server, second_server)] == [200, 200]

                api_keys.delete(api_key=key.api_key, by=By.system())

                answers = [running.test(text) for running in (second_server, server)]
                stale += [answer for answer in answers if answer.json().get("code") != "invalid_key"]
    assert stale == []


@contextmanager
def under_load(servers):
    """Callers with a key of their own that never pause; it must work for them throughout."""
    busy = site_accounts.create(name="Busy", owner_email="grace@acme.example")
    key = api_keys.create(account=busy, by=By.system(), name="Load").token.reveal()
    over = Event()

    def call(number: int) -> set[int]:
        seen = set()
        with servers[number % len(servers)].client(headers={"API-Key": key}) as client:
            while not over.is_set():
                seen.add(client.get("/api/v1/test").status_code)
        return seen

    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(call, number) for number in range(CALLERS)]
        try:
            yield
        finally:
            over.set()
        assert set().union(*(each.result() for each in calls)) == {200}
