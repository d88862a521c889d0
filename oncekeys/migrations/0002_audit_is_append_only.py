"""An audit event is never changed and never deleted: the database itself refuses, whoever asks.

On SQLite, INSERT OR REPLACE takes a row away without asking the trigger for DELETE, so that is refused beforehand.
PostgreSQL has no such statement: its ON CONFLICT DO UPDATE is an UPDATE to the trigger as well.

A future migration that has SQLite rebuild the table drops its triggers: it must run this one's `protect` again.
"""

from django.conf import settings
from django.db import migrations

STATEMENTS = {
    "postgresql": (
        """
        CREATE FUNCTION oncekeys_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'Audit events are only ever added.' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        """
        CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON oncekeys_auditevent
        FOR EACH ROW EXECUTE FUNCTION oncekeys_refuse_change()
        """,
    ),
    "sqlite": (
        """
        CREATE TRIGGER audit_event_never_updated BEFORE UPDATE ON oncekeys_auditevent
        BEGIN SELECT RAISE(ABORT, 'Audit events are only ever added.'); END
        """,
        """
        CREATE TRIGGER audit_event_never_deleted BEFORE DELETE ON oncekeys_auditevent
        BEGIN SELECT RAISE(ABORT, 'Audit events are only ever added.'); END
        """,
        """
        CREATE TRIGGER audit_event_never_replaced BEFORE INSERT ON oncekeys_auditevent
        WHEN EXISTS (SELECT 1 FROM oncekeys_auditevent WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'Audit events are only ever added.'); END
        """,
    ),
}
UNDO = {
    "postgresql": (
        "DROP TRIGGER audit_event_append_only ON oncekeys_auditevent",
        "DROP FUNCTION oncekeys_refuse_change()",
    ),
    "sqlite": tuple(f"DROP TRIGGER audit_event_never_{change}" for change in ("updated", "deleted", "replaced")),
}


def protect(apps, schema_editor):
    """Not where a project's tests on SQLite empty tables by DELETE, as its TransactionTestCase does."""
    if getattr(settings, "ONCEKEYS_PROTECT_AUDIT_LOG", True):
        _run(STATEMENTS, schema_editor)


def unprotect(apps, schema_editor):
    _run(UNDO, schema_editor)


def _run(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, ()):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("oncekeys", "0001_initial")]

    operations = [migrations.RunPython(protect, unprotect)]
