"""On PostgreSQL, TRUNCATE empties a table without asking the trigger for DELETE. SQLite has no such statement."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER audit_event_never_truncated BEFORE TRUNCATE ON oncekeys_auditevent
FOR EACH STATEMENT EXECUTE FUNCTION oncekeys_refuse_change()
"""


def protect(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TRIGGER)


def unprotect(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_event_never_truncated ON oncekeys_auditevent")


class Migration(migrations.Migration):
    dependencies = [("oncekeys", "0002_audit_is_append_only")]

    operations = [migrations.RunPython(protect, unprotect)]
