"""The audit log only grows: the database itself refuses everything else, no matter who asks."""

from functools import partial

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from oncekeys.models import AuditEvent, transactions

pytestmark = pytest.mark.django_db

# What is made by the migrations `audit_is_append_only` and `audit_is_never_replaced`.
TRIGGERS = {
    "postgresql": {"audit_event_append_only", "audit_event_never_truncated"},
    "sqlite": {"audit_event_never_updated", "audit_event_never_deleted", "audit_event_never_replaced"},
}
NAMES_OF_TRIGGERS = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'oncekeys_auditevent'::regclass AND NOT tgisinternal",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'oncekeys_auditevent'",
}


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def change_one() -> None:
    event = AuditEvent.objects.get()
    event.details = {"name": "Another"}
    event.save()


# How a database writes a row in the place of another.
REPLACE = {
    "postgresql": (
        "INSERT INTO oncekeys_auditevent SELECT * FROM oncekeys_auditevent ON CONFLICT (id) DO UPDATE SET kind = 'x'"
    ),
    "sqlite": "INSERT OR REPLACE INTO oncekeys_auditevent SELECT * FROM oncekeys_auditevent",
}


CHANGES = {
    "save": change_one,
    "update": lambda: AuditEvent.objects.update(address=None),
    "delete": lambda: AuditEvent.objects.get().delete(),
    "delete of many": lambda: AuditEvent.objects.all().delete(),
    "bare update": lambda: execute("UPDATE oncekeys_auditevent SET kind = 'api_key.paused'"),
    "bare replacement": lambda: execute(REPLACE[connection.vendor]),
    "bare delete": lambda: execute("DELETE FROM oncekeys_auditevent"),
}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_log_is_not_emptied(acme):
    with pytest.raises(IntegrityError, match=r"Audit events are only ever added\."), transaction.atomic():
        execute("TRUNCATE oncekeys_auditevent")

    assert AuditEvent.objects.exists()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_event_that_was_written_is_neither_changed_nor_deleted(acme, change):
    written = AuditEvent.objects.values().get()

    with pytest.raises(IntegrityError, match=r"Audit events are only ever added\."), transaction.atomic():
        change()

    assert AuditEvent.objects.values().get() == written


def test_the_triggers_that_refuse_are_all_there(db):
    with connection.cursor() as cursor:
        cursor.execute(NAMES_OF_TRIGGERS[connection.vendor])
        names = {name for (name,) in cursor.fetchall()}

    assert names == TRIGGERS[connection.vendor]


@pytest.mark.django_db(transaction=True)
def test_what_fails_after_the_commit_fails_nothing_else(caplog):
    """Django's own log of it fails on a partial."""
    with transactions.atomic():
        transactions.on_commit(partial(int, "none"), robust=True)

    assert "invalid literal" in caplog.text
