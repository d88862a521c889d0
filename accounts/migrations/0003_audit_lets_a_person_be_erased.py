"""What the audit log says of a person may be taken out, and nothing else: see decision 14.

Of an event's row, only these can change:
- `address` becomes NULL, where its actor was erased;
- in an event about a member, the email and name in `details` give way to the address of an erased person, once no user
  and no invitation has that email.
"""

from django.db import migrations

POSTGRESQL = """
CREATE OR REPLACE FUNCTION oncekeys_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address'
            AND OLD.address IS NOT NULL AND NEW.address IS NULL
            AND EXISTS (SELECT FROM accounts_user WHERE id = OLD.actor_id AND right(email, 15) = '@erased.invalid')
        THEN RETURN NEW;
        END IF;
        IF to_jsonb(NEW) - 'details' = to_jsonb(OLD) - 'details'
            AND left(OLD.kind, 7) = 'member.'
            AND NEW.details - '{name,email}'::text[] = OLD.details - '{name,email}'::text[]
            AND right(OLD.details ->> 'email', 15) <> '@erased.invalid'
            AND right(NEW.details ->> 'email', 15) = '@erased.invalid'
            AND (NEW.details ->> 'email' = 'erased-person@erased.invalid'
                OR EXISTS (SELECT FROM accounts_user WHERE email = NEW.details ->> 'email'))
            AND coalesce(NEW.details ->> 'name', '') = ''
            AND NOT EXISTS (SELECT FROM accounts_user WHERE email = OLD.details ->> 'email')
            AND NOT EXISTS (SELECT FROM accounts_invitation WHERE email = OLD.details ->> 'email')
        THEN RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Audit events are only ever added.' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
POSTGRESQL_BEFORE = """
CREATE OR REPLACE FUNCTION oncekeys_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit events are only ever added.' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

SQLITE = """
CREATE TRIGGER audit_event_never_updated BEFORE UPDATE ON oncekeys_auditevent
WHEN NOT coalesce(NEW.id IS OLD.id AND NEW.account_id IS OLD.account_id AND NEW.at IS OLD.at AND NEW.kind IS OLD.kind
    AND NEW.actor_id IS OLD.actor_id AND NEW.by_key IS OLD.by_key AND NEW.api_key_id IS OLD.api_key_id AND (
    NEW.details IS OLD.details
        AND OLD.address IS NOT NULL AND NEW.address IS NULL
        AND EXISTS (SELECT 1 FROM accounts_user WHERE id = OLD.actor_id AND substr(email, -15) = '@erased.invalid')
    OR NEW.address IS OLD.address
        AND substr(OLD.kind, 1, 7) = 'member.'
        AND json_remove(NEW.details, '$.name', '$.email') = json_remove(OLD.details, '$.name', '$.email')
        AND substr(json_extract(OLD.details, '$.email'), -15) <> '@erased.invalid'
        AND substr(json_extract(NEW.details, '$.email'), -15) = '@erased.invalid'
        AND (json_extract(NEW.details, '$.email') = 'erased-person@erased.invalid'
            OR EXISTS (SELECT 1 FROM accounts_user WHERE email = json_extract(NEW.details, '$.email')))
        AND coalesce(json_extract(NEW.details, '$.name'), '') = ''
        AND NOT EXISTS (SELECT 1 FROM accounts_user WHERE email = json_extract(OLD.details, '$.email'))
        AND NOT EXISTS (SELECT 1 FROM accounts_invitation WHERE email = json_extract(OLD.details, '$.email'))
), 0)
BEGIN SELECT RAISE(ABORT, 'Audit events are only ever added.'); END
"""
SQLITE_BEFORE = """
CREATE TRIGGER audit_event_never_updated BEFORE UPDATE ON oncekeys_auditevent
BEGIN SELECT RAISE(ABORT, 'Audit events are only ever added.'); END
"""
DROP = "DROP TRIGGER audit_event_never_updated"

OPEN = {"postgresql": (POSTGRESQL,), "sqlite": (DROP, SQLITE)}
CLOSE = {"postgresql": (POSTGRESQL_BEFORE,), "sqlite": (DROP, SQLITE_BEFORE)}


def open_the_door(apps, schema_editor):
    _run(OPEN, schema_editor)


def close_the_door(apps, schema_editor):
    _run(CLOSE, schema_editor)


def _run(statements, schema_editor):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_of_accounts"), ("oncekeys", "0002_audit_is_append_only")]

    operations = [migrations.RunPython(open_the_door, close_the_door)]
