"""Whatever processes do at the same time, and however many keys wait when they stop, every call is counted once."""

import http.client
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from random import sample
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from dev.keyring import copies, forge
from dev.servers import GRANIAN, Server, running_server
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys
from oncekeys.services.by import By
from oncekeys.services.usage import Gatherer
from tests.at_once import at_once
from tests.conftest import PATIENT
from tests.services.test_usage import NOW
from tests.soon import soon

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("load")]

CONNECTIONS = 4


def test_a_server_that_stops_writes_the_use_of_5000_keys(crm, tmp_path, everything):
    keys = copies(crm.api_key, 5000 if everything else 600)
    with running_server(tmp_path / "log", **PATIENT) as server, nothing_is_written():
        call(server, keys)

    assert counted() == Counter(key.pk for key in keys)


def test_workers_that_stop_at_once_count_every_call_with_the_same_keys(crm, tmp_path):
    keys = copies(crm.api_key, 300)
    with running_server(tmp_path / "log", (*GRANIAN, "--workers", "2"), **PATIENT) as server:
        for _ in range(3):
            call(server, keys)
        for _ in range(20):
            assert server.test(crm.token.reveal()).status_code == 200

    assert counted() == Counter([*(3 * [key.pk for key in keys]), *(20 * [crm.api_key.pk])])


def test_writers_and_changes_of_the_same_keys_end_in_no_deadlock(crm):
    keys = copies(crm.api_key, 100)

    at_once([*(6 * [partial(write, keys)]), *(2 * [partial(change_backwards, keys)])])

    assert counted() == Counter(6 * [key.pk for key in keys])


@pytest.mark.postgresql
def test_a_key_that_is_being_changed_keeps_no_other_waiting(crm):
    (other,) = copies(crm.api_key, 1)
    usage = Gatherer()
    for key in (crm.api_key, other):
        usage.note(key, at=NOW, address=None)

    with transaction.atomic():
        ApiKey.objects.select_for_update().get(pk=crm.api_key.pk)
        at_once([partial(usage.write_due, now=1000)])
        assert counted() == {other.pk: 1}

    usage.write_due(now=1010)
    assert counted() == {crm.api_key.pk: 1, other.pk: 1}


@pytest.mark.full  # as in tests/services/test_usage.py, by a real server
def test_old_counts_are_forgotten_once_an_hour(crm, acme, tmp_path):
    sooner, later = (api_keys.create(account=acme, by=By.system(), name=name) for name in ("sooner", "later"))
    with running_server(tmp_path / "log") as server:
        first = old_count(crm.api_key)
        server.test(crm.token.reveal())
        soon(lambda: not KeyUsage.objects.filter(pk=first.pk).exists())

        second = old_count(crm.api_key)
        for key in (sooner, later):
            server.test(key.token.reveal())
            soon(KeyUsage.objects.filter(api_key=key.api_key).exists)

        assert KeyUsage.objects.filter(pk=second.pk).exists()


def call(server: Server, keys: Sequence[ApiKey]) -> None:
    """With each of these keys once, with a wrong secret, which costs the least."""
    at_once([partial(_call, server.url, keys[first::CONNECTIONS]) for first in range(CONNECTIONS)])


def _call(url: str, keys: Sequence[ApiKey]) -> None:
    caller = http.client.HTTPConnection(urlsplit(url).netloc)
    for key in keys:
        caller.request("GET", "/api/v1/test", headers={"API-Key": forge(key.public_id)})
        answer = caller.getresponse()
        assert (answer.status, b"invalid_key" in answer.read()) == (401, True)
    caller.close()


@contextmanager
def nothing_is_written() -> Iterator[None]:
    """Other processes find every key locked, or on SQLite the whole database."""
    with transaction.atomic():
        list(ApiKey.objects.select_for_update())
        yield


def write(keys: Sequence[ApiKey]) -> None:
    """Write as a process that has seen each of them once."""
    usage = Gatherer()
    for key in sample(keys, len(keys)):
        usage.note(key, at=NOW, address="203.0.113.9")
    usage.write_all(seconds=60)


def change_backwards(keys: Sequence[ApiKey]) -> None:
    for _ in range(3):
        with transaction.atomic():
            for key in reversed(keys):
                ApiKey.objects.filter(pk=key.pk).update(name="Changed")


def old_count(key: ApiKey) -> KeyUsage:
    hour = timezone.now() - timedelta(days=91)
    return KeyUsage.objects.create(api_key=key, hour=hour, outcome="accepted", calls=1)


def counted() -> dict[int, int]:
    """All calls, by the primary keys of their keys."""
    return dict(KeyUsage.objects.values_list("api_key").annotate(Sum("calls")).order_by())
