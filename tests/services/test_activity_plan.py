"""The activity at a million events (a tenth of them by default).

Each page, whatever the filter, is read from where it begins and no further.
"""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from oncekeys.models import ApiKey, AuditEvent
from oncekeys.views import pagination as cursors
from oncekeys.views.activity import PAGE_SIZE
from tests.pages import ACTIVITY

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


EVENTS = 1_000_000
COMPANIONS = 2000  # as many people, and keys, as no one would read to join a page of events
FAR = 1_000  # pages

# Half of them are the other account's, by keys of its own. Foreign keys are not checked, which would take longer than
# all the rest.
MANY_EVENTS = """
    SET LOCAL session_replication_role = replica;
    INSERT INTO oncekeys_auditevent (account_id, at, kind, actor_id, by_key, api_key_id, details)
    SELECT
        CASE WHEN n % 2 = 0 THEN {acme} ELSE {umbrella} END,
        now() - n * interval '1 minute',
        (ARRAY['api_key.created', 'api_key.changed', 'api_key.paused', 'api_key.resumed'])[1 + n / 2 % 4],
        (ARRAY[{ada}, {grace}, NULL, NULL])[1 + n / 8 % 4],
        n / 8 % 4 = 2,
        (ARRAY{keys})[1 + n / 32 % 4 + n % 2 * 4],
        '{{"name": "CRM"}}'
    FROM generate_series(1, {events}) n;
    SET LOCAL session_replication_role = origin;
    ANALYZE oncekeys_auditevent, accounts_user, oncekeys_apikey;
"""

# What each question is answered by.
INDEXES = {
    "": "audit_event_newest_first",
    "since=2026-01-01&until=2099-01-01": "audit_event_newest_first",
    "kind=api_key.paused": "audit_event_by_kind",
    "key={key}": "audit_event_by_key",
    "person={ada}": "audit_event_by_person",
    "person=key": "audit_event_by_person",
    "person=system": "audit_event_by_person",
}


@pytest.fixture
def names(acme, umbrella, ada, grace, repeated):
    """The events, and people and keys besides."""
    User.objects.bulk_create(User(email=f"{number}@acme.example") for number in range(COMPANIONS))
    keys = ApiKey.objects.bulk_create(
        ApiKey(account=umbrella if number > 3 else acme, key_id=f"{number:012}", secret_hash="-")
        for number in range(COMPANIONS)
    )
    people = {"ada": ada.pk, "grace": grace.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            MANY_EVENTS.format(
                events=repeated(EVENTS),
                acme=acme.pk,
                umbrella=umbrella.pk,
                keys=[key.pk for key in keys[:8]],
                **people,
            )
        )
    return {"ada": ada.pk, "key": keys[0].key_id}


def test_one_index_reads_every_page_with_every_filter(signed_in, ada, names, repeated):
    client = signed_in(ada)

    used = {}
    for question in INDEXES:
        first = f"{ACTIVITY}?{question.format(**names)}"
        far = f"{first}&before={beginning(client, first, page=repeated(FAR))}"
        used[question] = {index_used(client, first), index_used(client, far)}

    assert used == {question: {index} for question, index in INDEXES.items()}


def beginning(client, url: str, *, page: int) -> str:
    """Return the cursor of that page of the same question."""
    events = client.get(url).context["form"].events().newest_first()
    return cursors.encode(events[(page - 1) * PAGE_SIZE - 1])


def index_used(client, url: str) -> str:
    """The one by which the page's own query reads the events: at most twice as many rows as it shows, in order."""
    with CaptureQueriesContext(connection) as queries:
        assert len(client.get(url).context["events"]) == PAGE_SIZE
    (sql,) = (query["sql"] for query in queries if 'FROM "oncekeys_auditevent"' in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = list(nodes(cursor.fetchone()[0][0]["Plan"]))

    assert not {node["Node Type"] for node in plan} & {"Seq Scan", "Sort", "Incremental Sort", "Bitmap Heap Scan"}, plan
    (events,) = (node for node in plan if node.get("Relation Name") == AuditEvent._meta.db_table)
    assert events["Actual Rows"] + events.get("Rows Removed by Filter", 0) <= 2 * PAGE_SIZE, json.dumps(events)
    return events["Index Name"]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)
