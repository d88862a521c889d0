"""Leave room on each page of PostgreSQL's tables of keys and of their IP addresses.

Use is written into the same rows again and again. A new version of a row that fits on the page of the old one changes
no index, and the table of keys has ten. It holds for new pages. Old ones get room when VACUUM clears dead rows away.
"""

from django.db import migrations

TABLES = ("oncekeys_apikey", "oncekeys_keyaddress")


def leave_room(apps, schema_editor):
    _alter(schema_editor, "SET (fillfactor = 80)")


def leave_none(apps, schema_editor):
    _alter(schema_editor, "RESET (fillfactor)")


def _alter(schema_editor, change):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} {change}")


class Migration(migrations.Migration):
    dependencies = [("oncekeys", "0004_plain_words")]

    operations = [migrations.RunPython(leave_room, leave_none)]
