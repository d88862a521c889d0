"""On SQLite, INSERT OR REPLACE takes a row away without asking the trigger for DELETE: so it is refused beforehand.

PostgreSQL has no such statement: its ON CONFLICT DO UPDATE is an UPDATE to the trigger as well.
"""

from django.db import migrations

PROTECT = """
CREATE TRIGGER audit_event_never_replaced BEFORE INSERT ON accounts_auditevent
WHEN EXISTS (SELECT 1 FROM accounts_auditevent WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'Audit events are only ever added.'); END
"""
UNPROTECT = "DROP TRIGGER audit_event_never_replaced"


def protect(apps, schema_editor):
    _run_on_sqlite(PROTECT, schema_editor)


def unprotect(apps, schema_editor):
    _run_on_sqlite(UNPROTECT, schema_editor)


def _run_on_sqlite(statement, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_requires_two_step")]

    operations = [migrations.RunPython(protect, unprotect)]
