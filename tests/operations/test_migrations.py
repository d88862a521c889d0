"""Migrations run first, while the processes of the release before still answer: those must be able to go on."""

from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

OURS = {"accounts", "oncekeys"}
TAKES_AWAY = (operations.RemoveField, operations.RenameField, operations.DeleteModel, operations.RenameModel)


def test_migrations_keep_older_processes_working():
    ours = {(app, name): each for (app, name), each in MigrationLoader(None).disk_migrations.items() if app in OURS}

    found = {name: offences(migration) for name, migration in ours.items()}

    assert {name: each for name, each in found.items() if each} == {}


def offences(migration: Migration) -> list[str]:
    """Return changes that make an older process fail at its next INSERT or SELECT. The first migration has none."""
    if migration.initial:
        return []
    new = {each.name.lower() for each in migration.operations if isinstance(each, operations.CreateModel)}
    return sorted(subject(each) for each in migration.operations if offends(each, new))


def offends(operation: operations.base.Operation, new: set[str]) -> bool:
    if isinstance(operation, operations.AddField):
        field = operation.field
        return operation.model_name_lower not in new and not field.null and field.db_default is NOT_PROVIDED
    return isinstance(operation, TAKES_AWAY)


def subject(operation: operations.base.Operation) -> str:
    return f"{getattr(operation, 'model_name', '')}.{getattr(operation, 'name', '')}"
