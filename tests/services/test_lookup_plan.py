"""The one query of the hot path at a million keys (a tenth of them by default): index scans, nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oncekeys.services import verification

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

# Each with its API user and its 25 keys.
ACCOUNTS = 40_000
MANY_KEYS = """
    WITH users AS (
        INSERT INTO accounts_user
            (password, is_superuser, name, kind, is_active, is_staff, date_joined, wants_key_mail, language,
             time_zone)
        SELECT '!', false, n::text, 'service', true, false, now(), false, '', '' FROM generate_series(1, %s) n
        RETURNING id
    ), accounts AS (
        INSERT INTO oncekeys_account (name, slug, service_user_id, created_at)
        SELECT id::text, id::text, id, now() FROM users
        RETURNING id
    )
    INSERT INTO oncekeys_apikey
        (account_id, brand, key_id, secret_hash, name, folded_name, environment, addresses, scopes, slot, created_at)
    SELECT id, 'ok', lpad((id * 100 + slot)::text, 12, '0'), 'x', slot::text, slot::text, 'production', '', 'full',
        slot, now()
    FROM accounts, generate_series(1, 25) slot
"""


def test_a_million_keys_are_looked_up_by_indexes_alone(crm, repeated):
    with connection.cursor() as cursor:
        cursor.execute(MANY_KEYS, [repeated(ACCOUNTS)])
        cursor.execute("ANALYZE accounts_user, oncekeys_account, oncekeys_apikey")
        with CaptureQueriesContext(connection) as queries:
            verification.verify(crm.token.reveal())
        cursor.execute(f"EXPLAIN (FORMAT JSON) {queries[0]['sql']}")
        plan = cursor.fetchone()[0][0]["Plan"]

    scans = {node["Index Name"]: node["Node Type"] for node in nodes(plan) if "Scan" in node["Node Type"]}
    assert scans == {
        "api_key_id_unique": "Index Scan",
        "oncekeys_account_pkey": "Index Scan",
        "accounts_user_pkey": "Index Scan",
    }


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)
