"""Limits in the database are exact for any number of processes, and no burden on valid keys."""

from functools import partial

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Limit
from config.database_cache import WRITES_TO_CLEAN
from oncekeys.keys.token import Token
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_database(settings):
    settings.CACHES = {"default": {"BACKEND": "config.database_cache.DatabaseCache"}}


def test_it_keeps_what_it_is_given_until_that_expires():
    cache.set("one", [1.5, 2.5], 60)
    cache.set("gone", 1, -1)

    assert cache.get("one") == [1.5, 2.5]
    assert cache.get("gone", "none") == "none"
    assert cache.touch("one", 90)
    assert cache.delete("one")
    assert cache.get("one") is None
    assert not cache.touch("one")


def test_one_is_added_where_there_is_none_or_it_has_expired():
    cache.set("gone", 1, -1)

    assert [cache.add("one", 1), cache.add("one", 2), cache.add("gone", 3)] == [True, False, True]
    assert (cache.get("one"), cache.get("gone")) == (1, 3)


def test_what_is_not_there_cannot_be_counted():
    cache.set("gone", 1, -1)

    for key in ("gone", "never"):
        with pytest.raises(ValueError, match="not found"):
            cache.incr(key)


@pytest.mark.django_db(transaction=True)
def test_many_who_count_at_once_count_each_other():
    cache.add("count", 0)

    counted = at_once([partial(cache.incr, "count")] * 16)

    assert sorted(counted) == list(range(1, 17))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [None, "expired"])
def test_of_many_who_add_one_does(before):
    if before:
        cache.set("lock", before, -1)

    assert sorted(at_once([partial(cache.add, "lock", True)] * 16)) == [False] * 15 + [True]


def test_what_has_expired_does_not_stay():
    for number in range(5):
        cache.set(f"gone {number}", 1, -1)

    for _ in range(WRITES_TO_CLEAN * 20):
        cache.set("one", 1)

    assert Limit.objects.count() == 1


def test_the_table_tells_no_address_and_no_email():
    cache.set("allauth:rl:login:ada@acme.example:203.0.113.7", 1)

    assert "acme" not in str(Limit.objects.values_list().get())


def touches_of_limits(requests):
    """The statements about limits that these took."""
    with CaptureQueriesContext(connection) as queries:
        for request in requests:
            request()
    return [query["sql"] for query in queries if "accounts_limit" in query["sql"]]


def ask(key, address="203.0.113.7"):
    return partial(Client(REMOTE_ADDR=address).get, "/api/v1/test", headers={"API-Key": key})


def test_a_valid_key_asks_no_limit(crm):
    assert touches_of_limits([ask(crm.token.reveal())] * 20) == []


def test_garbage_from_many_addresses_asks_none(db):
    assert touches_of_limits(ask("garbage", f"203.0.113.{host}") for host in range(50)) == []


def test_a_flood_from_one_address_asks_none_once_it_has_had_its_share(db, settings):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 20
    wrong = Token.mint("live").reveal()

    touches_of_limits([ask(wrong)] * 30)

    assert ask(wrong)().status_code == 429
    assert touches_of_limits([ask(wrong)] * 30) == []


def test_the_limit_is_exact_in_one_process(db, settings):
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 20
    wrong = Token.mint("live").reveal()

    assert [ask(wrong)().status_code for _ in range(22)] == [401] * 20 + [429] * 2
