"""The hot path's statement outlives what happens to it on PostgreSQL, and reads what Django would."""

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import User
from oncekeys.lookup.query import find
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By

DISCARD_UNSEEN = "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@pytest.fixture
def key(acme: Account) -> ApiKey:
    return api_keys.create(account=acme, by=By.system(), name="CRM").api_key


@pytest.mark.parametrize("address", [None, "203.0.113.5", "2001:db8::c", "::ffff:203.0.113.5", "::1:2", "::"])
def test_every_field_has_the_value_that_the_orm_reads(key: ApiKey, address: str | None):
    ApiKey.objects.filter(pk=key.pk).update(last_used_address=address, last_used_at=timezone.now())

    found = find(key.key_id)

    expected = ApiKey.objects.select_related("account__service_user").get(pk=key.pk)
    assert found is not None
    for read, row in (
        (found.api_key, expected),
        (found.api_key.account, expected.account),
        (found.api_key.account.service_user, expected.account.service_user),
    ):
        assert row is not None
        for field in set(row._meta.concrete_fields) - {User._meta.get_field("password")}:  # unusable in either
            value = getattr(row, field.attname)
            assert (getattr(read, field.attname), type(getattr(read, field.attname))) == (value, type(value))


def test_an_unknown_key_id_has_no_row(key: ApiKey):
    assert [find("unknown"), find("unknown")] == [None, None]


def prepared() -> int:
    """Return how often the statement is prepared on this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%oncekeys_apikey%'")
        return int(cursor.fetchone()[0])


def test_a_connection_prepares_the_statement_once(key: ApiKey):
    for _ in range(3):
        find(key.key_id)

    assert prepared() == 1


# The driver sees one, and not the other.
@pytest.mark.parametrize("command", ["DISCARD ALL", DISCARD_UNSEEN], ids=["seen", "unseen"])
def test_a_discarded_statement_is_prepared_again(key: ApiKey, command: str):
    find(key.key_id)
    with connection.cursor() as cursor:
        cursor.execute(command)

    assert find(key.key_id) is not None
    assert prepared() == 1


@transaction.atomic
def discard_and_find(key: ApiKey):
    with connection.cursor() as cursor:
        cursor.execute(DISCARD_UNSEEN)
    find(key.key_id)


def test_a_discarded_statement_fails_the_transaction_it_is_in(key: ApiKey):
    find(key.key_id)

    with pytest.raises(DatabaseError):
        discard_and_find(key)

    assert find(key.key_id) is not None


def test_a_table_that_is_locked_is_not_waited_for(key: ApiKey):
    find(key.key_id)

    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("LOCK TABLE oncekeys_apikey")
        with pytest.raises(OperationalError, match="did not answer in time"):
            find(key.key_id)

    assert find(key.key_id) is not None


def test_a_column_that_changed_its_type_is_read_by_a_new_statement(key: ApiKey):
    find(key.key_id)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE oncekeys_account ALTER COLUMN name TYPE text")
        try:
            assert find(key.key_id) is not None
        finally:
            cursor.execute("ALTER TABLE oncekeys_account ALTER COLUMN name TYPE varchar(100)")


def test_a_type_with_another_binary_form_is_read_as_text(key: ApiKey):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE oncekeys_account ALTER COLUMN name TYPE macaddr USING '08:00:2b:01:02:03'::macaddr")
        try:
            found = find(key.key_id)
            assert found is not None
            assert found.api_key.account.name == "08:00:2b:01:02:03"
        finally:
            cursor.execute("ALTER TABLE oncekeys_account ALTER COLUMN name TYPE varchar(100) USING 'Acme'")


def test_a_connection_that_the_server_cut_is_replaced(key: ApiKey):
    find(key.key_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    other.close()

    assert find(key.key_id) is not None
