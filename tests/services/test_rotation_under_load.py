"""Rotations while clients call without pause, and many at once, through real server processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import cycle

import pytest
from django.utils import timezone

from accounts.services import site_accounts
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("load")]

CLIENTS = 25
ROTATIONS = 8  # by each of them
GRACE_SECONDS = 1
AT_ONCE = 50
ROUNDS = 20


def test_rotations_at_the_cap_lose_no_request(server, second_server, repeated):
    account = site_accounts.create(name="Acme", owner_email="ada@acme.example")
    keys = [api_keys.create(account=account, by=By.system(), name=f"Client {n}").token.reveal() for n in range(CLIENTS)]
    rotations = repeated(ROTATIONS)

    with ThreadPoolExecutor(len(keys)) as threads:
        clients = [
            threads.submit(call_through_rotations, running, key, rotations)
            for running, key in zip(cycle([server, second_server]), keys, strict=False)
        ]
        faults = [fault for client in clients for fault in client.result()]

    assert faults == []
    assert account.api_keys.active().count() == 25
    assert ApiKey.objects.exclude(replaces=None).count() == CLIENTS * rotations


def call_through_rotations(running, key: str, rotations: int) -> list[str]:
    """Return the errors of a client that rotates its own key so many times while it keeps calling."""
    faults: list[str] = []
    with running.client() as http:
        for _ in range(rotations):
            answer, calls = rotate_under_calls(running, http, key)
            if answer.status_code != 200:
                return [*faults, f"rotation: {answer.text}"]
            successor = answer.json()["api_key"]
            works_until = datetime.fromisoformat(answer.json()["replaces"]["works_until"])
            faults += [f"while it was rotated: {text}" for text, ended in calls if text and ended < works_until]
            faults += call_until_the_old_key_ends(http, key, successor, works_until)
            key = successor
    return faults


def rotate_under_calls(running, http, key: str):
    """The answer, and of each call with the key meanwhile, why it was refused, if so, and when that was known."""
    calls = []
    with ThreadPoolExecutor(1) as beside:
        rotation = beside.submit(rotate, running, key, grace_seconds=GRACE_SECONDS)
        while not rotation.done():
            answer = http.get("/api/v1/test", headers={"API-Key": key})
            calls.append(("" if answer.status_code == 200 else answer.text, timezone.now()))
    return rotation.result(), calls


def call_until_the_old_key_ends(http, old: str, new: str, works_until: datetime) -> list[str]:
    faults = []
    while True:
        begun = timezone.now()
        by_old, by_new = (http.get("/api/v1/test", headers={"API-Key": key}) for key in (old, new))
        if by_new.status_code != 200:
            faults.append(f"new key: {by_new.text}")
        if begun > works_until:
            return faults if by_old.status_code == 401 else [*faults, "the old key worked after its grace"]
        if timezone.now() < works_until and by_old.status_code != 200:
            faults.append(f"old key in its grace: {by_old.text}")


def test_50_rotations_of_one_key_at_once_make_one_successor(server, second_server):
    account = site_accounts.create(name="Acme", owner_email="ada@acme.example")
    key = api_keys.create(account=account, by=By.system(), name="CRM").token.reveal()
    known_to(server, second_server, key=key)

    answers = at_once(
        [
            lambda running=running: rotate(running, key, grace_seconds=3600)
            for running, _ in zip(cycle([server, second_server]), range(AT_ONCE), strict=False)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (AT_ONCE - 1)
    assert account.api_keys.active().count() == 1
    assert account.api_keys.not_deleted().count() == 2


def test_a_key_deleted_and_rotated_at_once_never_becomes_two(server, second_server, repeated):
    account = site_accounts.create(name="Acme", owner_email="ada@acme.example")

    for number in range(repeated(ROUNDS)):
        created = api_keys.create(account=account, by=By.system(), name=f"Key {number}")
        key = created.token.reveal()
        known_to(server, second_server, key=key)
        rotated, deleted = at_once(
            [
                lambda key=key: rotate(server, key, grace_seconds=3600),
                lambda key=key: revoke(second_server, key),
            ]
        )

        successors = ApiKey.objects.not_deleted().filter(replaces=created.api_key)
        assert deleted.status_code == 204
        assert server.test(key).json()["code"] == "invalid_key"
        assert successors.count() == (1 if rotated.status_code == 200 else 0)
        for successor in successors:
            api_keys.delete(api_key=successor, by=By.system())


def known_to(*servers, key: str) -> None:
    """A busy machine may have no capacity to hash just now, and says so: here it is to have nothing to hash."""
    assert [running.test(key).status_code for running in servers] == [200] * len(servers)


def rotate(running, key: str, *, grace_seconds: int):
    with running.client() as http:
        return http.post("/api/v1/key/rotate", headers={"API-Key": key}, json={"grace_seconds": grace_seconds})


def revoke(running, key: str):
    with running.client() as http:
        return http.delete("/api/v1/key", headers={"API-Key": key})
