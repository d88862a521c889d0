"""The hot path's statement outlives what happens to it on PostgreSQL, and reads what Django would."""

import pytest
from django.db import connection

from accounts.models import User
from oncekeys.lookup.query import find
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@pytest.fixture
def key(acme: Account) -> ApiKey:
    return api_keys.create(account=acme, by=By.system(), name="CRM").api_key


def test_every_field_has_the_value_that_the_orm_reads(key: ApiKey):
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


def test_a_discarded_statement_is_prepared_again(key: ApiKey):
    find(key.key_id)
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")

    assert find(key.key_id) is not None


def test_a_column_that_changed_its_type_is_read_on_the_same_connection(key: ApiKey):
    find(key.key_id)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE oncekeys_account ALTER COLUMN name TYPE text")
        try:
            assert find(key.key_id) is not None
        finally:
            cursor.execute("ALTER TABLE oncekeys_account ALTER COLUMN name TYPE varchar(100)")


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
