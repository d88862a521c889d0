"""Usage says how often a key is used, when last and from where. It is gathered in the process and written seldom."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st

from dev.keyring import copies
from oncekeys.keys import seal
from oncekeys.keys.token import Token
from oncekeys.models import Account, ApiKey, Environment, KeyAddress, KeyUsage
from oncekeys.reports import usage_summary
from oncekeys.services import api_keys, verification
from oncekeys.services import usage as writer
from oncekeys.services.by import By
from oncekeys.services.refusals import Refused
from oncekeys.services.usage import Gatherer
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 16, 14, 20, tzinfo=UTC)
OF_ANOTHER_KEY = seal.make(Token.mint("live"), settings.SECRET_KEY)


@pytest.fixture
def usage():
    """Return what one process has seen."""
    return Gatherer()


def call(key: api_keys.NewKey, *, address: str | None = None) -> None:
    with committed():
        verification.verify(key.token.reveal(), address=address)


def calls() -> int:
    return sum(KeyUsage.objects.values_list("calls", flat=True))


def fails(*_):
    raise OperationalError


def test_a_call_is_noted_with_its_address(crm):
    call(crm, address="203.0.113.9")

    used = ApiKey.objects.get()
    assert used.first_used_at == used.last_used_at is not None
    assert used.last_used_address == "203.0.113.9"


def test_a_key_is_written_once_a_minute_at_most(usage, crm):
    usage.note(crm.api_key, at=NOW, address=None)
    usage.write_due(now=1000)
    crm.api_key.refresh_from_db()

    for _ in range(3):
        usage.note(crm.api_key, at=NOW + timedelta(seconds=59), address=None)
    usage.write_due(now=1059.9)
    assert calls() == 1

    usage.write_due(now=1060)
    assert calls() == 4
    used = ApiKey.objects.get()
    assert (used.first_used_at, used.last_used_at) == (NOW, NOW + timedelta(seconds=59))


def test_first_use_is_written_at_once_even_after_refused_calls(usage, crm):
    usage.note(crm.api_key, at=NOW, address=None, outcome="paused_key")
    usage.write_due(now=1000)
    assert not usage.urgent.is_set()

    usage.note(crm.api_key, at=NOW, address=None)
    assert usage.urgent.is_set()

    usage.write_due(now=1001)
    assert ApiKey.objects.get().first_used_at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_row_is_gone_keeps_no_other_waiting(usage, crm):
    usage.note(ApiKey(pk=crm.api_key.pk + 1), at=NOW, address=None, outcome="paused_key")
    usage.note(crm.api_key, at=NOW, address=None, outcome="paused_key")

    usage.write_due(now=1000)

    assert KeyUsage.objects.get().api_key == crm.api_key


def test_calls_are_counted_by_the_hour_of_the_databases_clock(usage, crm):
    for moment in (NOW, NOW + timedelta(minutes=39), NOW + timedelta(minutes=40)):
        usage.note(crm.api_key, at=moment, address=None)
    usage.write_all(seconds=60)

    counted = KeyUsage.objects.order_by("hour").values_list("hour", "outcome", "calls")
    assert list(counted) == [
        (NOW.replace(minute=0), "accepted", 2),
        (NOW.replace(hour=15, minute=0), "accepted", 1),
    ]


def test_what_other_processes_counted_is_added_to(usage, crm):
    KeyUsage.objects.create(api_key=crm.api_key, hour=NOW.replace(minute=0), outcome="accepted", calls=7)

    usage.note(crm.api_key, at=NOW, address=None)
    usage.write_all(seconds=60)

    assert KeyUsage.objects.get().calls == 8


def test_a_later_moment_from_another_process_stays(usage, crm):
    ApiKey.objects.update(first_used_at=NOW, last_used_at=NOW, last_used_address="203.0.113.1")

    usage.note(crm.api_key, at=NOW - timedelta(seconds=30), address="203.0.113.2")
    usage.write_all(seconds=60)

    used = ApiKey.objects.get()
    assert (used.last_used_at, used.last_used_address) == (NOW, "203.0.113.1")


def test_refusals_are_counted_by_their_reason_and_are_no_use(crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))
    with pytest.raises(Refused):
        call(crm, address="203.0.113.9")

    assert KeyUsage.objects.values_list("outcome", "calls").get() == ("paused_key", 1)
    assert ApiKey.objects.get().last_used_at is None
    assert not KeyAddress.objects.exists()


@pytest.mark.parametrize(
    ("row", "fields", "asked", "outcome"),
    [
        (ApiKey, {"paused_at": NOW}, {}, "paused_key"),
        (ApiKey, {"paused_at": NOW, "expires_at": NOW}, {}, "expired_key"),
        (ApiKey, {"expires_at": NOW}, {}, "expired_key"),
        (ApiKey, {"seal": OF_ANOTHER_KEY}, {}, "invalid_key"),
        (ApiKey, {"addresses": "10.0.0.0/8"}, {}, "address_not_allowed"),
        (ApiKey, {"scopes": "read"}, {"scopes": ["write"]}, "insufficient_scope"),
        (ApiKey, {}, {"environment": Environment.STAGING}, "wrong_environment"),
        (Account, {"disabled_at": NOW}, {}, "account_disabled"),
    ],
)
def test_every_refusal_of_a_key_is_counted_by_its_outcome(crm, row, fields, asked, outcome):
    row.objects.update(**fields)

    with committed(), pytest.raises(Refused):
        verification.verify(crm.token.reveal(), **asked)

    assert KeyUsage.objects.values_list("outcome", "calls").get() == (outcome, 1)


def test_the_database_refuses_an_outcome_that_there_is_not(crm):
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyUsage.objects.create(api_key=crm.api_key, hour=NOW, outcome="no such outcome", calls=1)


def test_calls_with_a_deleted_key_are_counted_with_where_they_come_from(crm, ada):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    with pytest.raises(Refused):
        call(crm, address="203.0.113.9")

    assert KeyUsage.objects.values_list("outcome", "calls").get() == ("deleted_key", 1)
    assert KeyAddress.objects.get().address == "203.0.113.9"


def test_the_five_latest_addresses_of_a_key_are_kept(usage, crm):
    for number in range(9):
        usage.note(crm.api_key, at=NOW + timedelta(minutes=number), address=f"203.0.113.{number}")
        if number % 2:
            usage.write_all(seconds=60)
    usage.write_all(seconds=60)

    kept = KeyAddress.objects.order_by("-last_seen_at").values_list("address", flat=True)
    assert list(kept) == [f"203.0.113.{number}" for number in (8, 7, 6, 5, 4)]


def test_counts_are_forgotten_after_90_days(crm):
    old, young = (
        KeyUsage.objects.create(
            api_key=crm.api_key, hour=timezone.now() - timedelta(days=days), outcome="accepted", calls=1
        )
        for days in (91, 89)
    )

    call(crm)

    left = set(KeyUsage.objects.values_list("pk", flat=True))
    assert young.pk in left
    assert old.pk not in left


def test_figures_are_by_the_day_of_the_person_who_looks(crm):
    """It is already the 17th in Tokyo when it is 15:30 in Greenwich."""
    at = NOW.replace(hour=15, minute=30)
    for hours_ago, calls in ((0, 3), (1, 40), (24, 500), (24 * 40, 6000)):
        hour = at.replace(minute=0) - timedelta(hours=hours_ago)
        KeyUsage.objects.create(api_key=crm.api_key, hour=hour, outcome="accepted", calls=calls)
    KeyUsage.objects.create(api_key=crm.api_key, hour=at.replace(minute=0), outcome="paused_key", calls=9)

    with timezone.override("Asia/Tokyo"), CaptureQueriesContext(connection) as queries:
        figures = usage_summary.of_keys([crm.api_key], at=at)[crm.api_key.pk]

    assert len(figures.days) == 30
    assert figures.days[-3:] == (0, 540, 3)
    assert len(queries) == 1


def test_what_could_not_be_written_is_written_with_the_next(usage, crm):
    usage.note(crm.api_key, at=NOW, address="203.0.113.1")
    with connection.execute_wrapper(fails), pytest.raises(OperationalError):
        usage.write_due(now=1000)
    usage.note(crm.api_key, at=NOW + timedelta(minutes=1), address="203.0.113.2")
    usage.write_due(now=1001)

    assert KeyUsage.objects.get().calls == 2
    used = ApiKey.objects.get()
    assert (used.first_used_at, used.last_used_address) == (NOW, "203.0.113.2")


def test_what_the_database_refuses_of_one_key_keeps_no_other_back(usage, crm):
    (other,) = copies(crm.api_key, 1)

    usage.note(crm.api_key, at=NOW, address=None, outcome="no such outcome")
    usage.note(other, at=NOW, address=None)
    usage.write_all(seconds=60)

    assert KeyUsage.objects.get().api_key == other


def test_many_keys_cost_as_many_queries_as_few(usage, crm):
    numbers = []
    for keys in (copies(crm.api_key, 2), copies(crm.api_key, 500, first=2)):
        for key in keys:
            usage.note(key, at=NOW, address="203.0.113.9")
        with CaptureQueriesContext(connection) as queries:
            usage.write_all(seconds=60)
        numbers.append(len(queries))

    assert KeyUsage.objects.count() == 502
    assert numbers == [7, 7]


@pytest.mark.postgresql
def test_writing_use_changes_no_index(usage, crm):
    """A new version of a row that finds no room on its page has to go into all ten indexes."""
    for key in copies(crm.api_key, 200)[::10]:
        usage.note(key, at=NOW, address=None)
    before = updates_within_a_page()

    usage.write_due(now=1000)

    assert updates_within_a_page() - before == 20


def updates_within_a_page() -> int:
    """Return how many of the table of keys this connection has made, since it reported some."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_hot_updated('oncekeys_apikey'::regclass)")
        return cursor.fetchone()[0]


def test_what_waits_is_bounded(usage, crm, caplog, monkeypatch):
    monkeypatch.setattr(writer, "CAPACITY", 2)
    some = copies(crm.api_key, 2)
    for key in (*some, crm.api_key):
        usage.note(key, at=NOW, address=None)

    usage.write_due(now=1000)
    assert "of others is dropped" in caplog.text
    assert {row.api_key for row in KeyUsage.objects.all()} == set(some)

    usage.write_due(now=1060)
    usage.note(crm.api_key, at=NOW, address=None)
    usage.write_due(now=1061)
    assert KeyUsage.objects.filter(api_key=crm.api_key).exists()


PROCESSES, KEYS = range(3), range(3)
STEPS = st.one_of(
    st.tuples(
        st.just("call"), st.sampled_from(PROCESSES), st.sampled_from(KEYS), st.sampled_from(["accepted", "paused_key"])
    ),
    st.tuples(st.just("write"), st.sampled_from(PROCESSES), st.integers(0, 9)),
)


@run(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STEPS))
def test_totals_are_exact_in_any_order_of_calls_writes_and_failures(crm, steps):
    ApiKey.objects.exclude(pk=crm.api_key.pk).delete()
    keys = copies(crm.api_key, len(KEYS))
    processes = [Gatherer() for _ in PROCESSES]
    made: Counter[tuple[int, datetime, str]] = Counter()

    for minute, (step, process, *what) in enumerate(steps):
        at = NOW + timedelta(minutes=10 * minute)
        if step == "call":
            key, outcome = keys[what[0]], what[1]
            processes[process].note(key, at=at, address=f"203.0.113.{minute % 256}", outcome=outcome)
            made[key.pk, at.replace(minute=0), outcome] += 1
        else:
            with connection.execute_wrapper(fail_once(what[0])), suppress(OperationalError):
                processes[process].write_all(seconds=60)
    for process in processes:
        process.write_all(seconds=60)

    rows = KeyUsage.objects.values_list("api_key", "hour", "outcome", "calls")
    assert {(key, hour, outcome): calls for key, hour, outcome, calls in rows} == made


def fail_once(statement: int):
    """At the statement of this number, if there are as many."""
    statements = count()

    def execute_or_fail(execute, *arguments):
        if next(statements) == statement:
            raise OperationalError
        return execute(*arguments)

    return execute_or_fail
