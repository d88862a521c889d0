"""A log of each person: what happened to how they sign in, and to what they may do.

As the audit log, the database itself keeps it. Only the IP address and the browser of an event can be taken out, once
the person or the one who acted was erased.

A future migration that has SQLite rebuild the table drops its triggers: it must run this one's `protect` again.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.models.person_event

POSTGRESQL = (
    """
    CREATE FUNCTION accounts_refuse_change_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - '{address,user_agent}'::text[] = to_jsonb(OLD) - '{address,user_agent}'::text[]
                AND NEW.address IS NULL AND NEW.user_agent = ''
                AND EXISTS (SELECT FROM accounts_user
                    WHERE id IN (OLD.person_id, OLD.actor_id) AND right(email, 15) = '@erased.invalid')
            THEN RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'Events of people are only ever added.' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER person_event_append_only BEFORE UPDATE OR DELETE ON accounts_personevent
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change_of_event()
    """,
    """
    CREATE TRIGGER person_event_never_truncated BEFORE TRUNCATE ON accounts_personevent
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change_of_event()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER person_event_never_updated BEFORE UPDATE ON accounts_personevent
    WHEN NOT coalesce(NEW.id IS OLD.id AND NEW.person_id IS OLD.person_id AND NEW.at IS OLD.at
        AND NEW.kind IS OLD.kind AND NEW.actor_id IS OLD.actor_id AND NEW.details IS OLD.details
        AND NEW.address IS NULL AND NEW.user_agent IS ''
        AND EXISTS (SELECT 1 FROM accounts_user
            WHERE id IN (OLD.person_id, OLD.actor_id) AND substr(email, -15) = '@erased.invalid'), 0)
    BEGIN SELECT RAISE(ABORT, 'Events of people are only ever added.'); END
    """,
    """
    CREATE TRIGGER person_event_never_deleted BEFORE DELETE ON accounts_personevent
    BEGIN SELECT RAISE(ABORT, 'Events of people are only ever added.'); END
    """,
    """
    CREATE TRIGGER person_event_never_replaced BEFORE INSERT ON accounts_personevent
    WHEN EXISTS (SELECT 1 FROM accounts_personevent WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'Events of people are only ever added.'); END
    """,
)
PROTECT = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
# The triggers go with the table.
UNPROTECT = {"postgresql": ("DROP FUNCTION accounts_refuse_change_of_event() CASCADE",), "sqlite": ()}


def protect(apps, schema_editor):
    _run(PROTECT, schema_editor)


def unprotect(apps, schema_editor):
    _run(UNPROTECT, schema_editor)


def _run(statements, schema_editor):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_emails_wait_in_an_outbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("kind", models.CharField(choices=accounts.models.person_event.kinds, max_length=40)),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, default="", max_length=200)),
                ("details", models.JSONField(default=dict)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-at", "-id"], name="person_event_newest_first"),
                    models.Index(fields=["person", "kind", "-at"], name="person_event_by_kind"),
                ],
            },
        ),
        migrations.RunPython(protect, unprotect),
    ]
