"""Migrations run first, while the processes of the release before still answer: those must be able to go on."""

from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

# From before there was a release to come from: their columns have no default in the database.
BEFORE_THE_FIRST_RELEASE = {
    "0002_the_life_of_a_key": ["apikey.addresses", "apikey.scopes", "user.wants_key_mail"],
    "0005_members": ["user.language", "user.time_zone"],
    "0006_requires_two_step": ["account.requires_two_step"],
}
TAKES_AWAY = (operations.RemoveField, operations.RenameField, operations.DeleteModel, operations.RenameModel)


def test_migrations_keep_older_processes_working():
    ours = {name: each for (app, name), each in MigrationLoader(None).disk_migrations.items() if app == "accounts"}

    found = {name: offences(migration) for name, migration in ours.items()}

    assert {name: each for name, each in found.items() if each} == BEFORE_THE_FIRST_RELEASE


def offences(migration: Migration) -> list[str]:
    """What of it an older process would fail at, with its next INSERT or SELECT."""
    new = {each.name.lower() for each in migration.operations if isinstance(each, operations.CreateModel)}
    return sorted(subject(each) for each in migration.operations if offends(each, new))


def offends(operation: operations.base.Operation, new: set[str]) -> bool:
    if isinstance(operation, operations.AddField):
        field = operation.field
        return operation.model_name_lower not in new and not field.null and field.db_default is NOT_PROVIDED
    return isinstance(operation, TAKES_AWAY)


def subject(operation: operations.base.Operation) -> str:
    return f"{getattr(operation, 'model_name', '')}.{getattr(operation, 'name', '')}"
