"""An audit event is never changed and never deleted: the database itself refuses, whoever asks.

A future migration that has SQLite rebuild the table drops its triggers: it must run this one's `protect` again,
and that of `audit_is_never_replaced`.
"""

from django.db import migrations

REFUSAL = "Audit events are only ever added."

STATEMENTS = {
    "postgresql": (
        f"""
        CREATE FUNCTION oncekeys_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        """
        CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON accounts_auditevent
        FOR EACH ROW EXECUTE FUNCTION oncekeys_refuse_change()
        """,
    ),
    "sqlite": tuple(
        f"""
        CREATE TRIGGER audit_event_never_{change.lower()}d BEFORE {change} ON accounts_auditevent
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """
        for change in ("UPDATE", "DELETE")
    ),
}
UNDO = {
    "postgresql": (
        "DROP TRIGGER audit_event_append_only ON accounts_auditevent",
        "DROP FUNCTION oncekeys_refuse_change()",
    ),
    "sqlite": ("DROP TRIGGER audit_event_never_updated", "DROP TRIGGER audit_event_never_deleted"),
}


def protect(apps, schema_editor):
    _run(STATEMENTS, schema_editor)


def unprotect(apps, schema_editor):
    _run(UNDO, schema_editor)


def _run(statements, schema_editor):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_the_life_of_a_key")]

    operations = [migrations.RunPython(protect, unprotect)]
