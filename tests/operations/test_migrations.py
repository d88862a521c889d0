"""Migrations run first, while the processes of the release before still answer: those must be able to go on."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from dev.servers import ROOT

OURS = {"accounts", "oncekeys"}
TAKES_AWAY = (operations.RemoveField, operations.RenameField, operations.DeleteModel, operations.RenameModel)


def test_migrations_keep_older_processes_working():
    ours = {(app, name): each for (app, name), each in MigrationLoader(None).disk_migrations.items() if app in OURS}

    found = {name: offences(migration) for name, migration in ours.items()}

    assert {name: each for name, each in found.items() if each} == {}


def test_an_index_is_dropped_once_all_others_are_built():
    """DROP INDEX keeps look-ups waiting until the whole migration has committed."""
    ours = {(app, name): each for (app, name), each in MigrationLoader(None).disk_migrations.items() if app in OURS}

    kinds = {
        name: [kind for each in migration.operations if (kind := of_indexes(each))] for name, migration in ours.items()
    }

    assert {name: each for name, each in kinds.items() if each != sorted(each)} == {}


def of_indexes(operation: operations.base.Operation) -> str:
    """Return “builds” or “drops”, or nothing of another operation."""
    if isinstance(operation, operations.SeparateDatabaseAndState):
        return max(map(of_indexes, operation.database_operations), default="")
    if isinstance(operation, operations.RunSQL):
        return "drops" if "DROP INDEX" in str(operation.sql) else ""
    if isinstance(operation, operations.RemoveIndex):
        return "drops"
    return "builds" if isinstance(operation, (operations.AddIndex, operations.AddConstraint)) else ""


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


BEFORE = """
INSERT INTO oncekeys_account (id, name, slug, created_at) VALUES (1, 'Acme', 'acme', '2026-11-01');
INSERT INTO accounts_user (id, email, email_failure, email_failed_at, password, is_superuser, name, kind, is_active,
    is_staff, language, time_zone, wants_key_mail, date_joined)
VALUES (1, 'ada@acme.example', 'unfinished', '2026-11-02', '', 0, 'Ada', 'person', 1, 0, '', '', 1, '2026-11-01');
INSERT INTO accounts_invitation (email, email_failure, role, token_digest, created_at, expires_at, account_id,
    invited_by_id)
VALUES ('new@acme.example', 'unfinished', 'member', 'digest', '2026-11-02', '2026-11-09', 1, 1),
    ('other@acme.example', 'refused', 'member', 'other', '2026-11-02', '2026-11-09', 1, 1);
"""


@pytest.mark.full  # a migration that no longer changes
def test_a_failure_that_no_longer_exists_is_forgotten(tmp_path):
    path = tmp_path / "database.sqlite3"
    migrate(path, "0003")
    with closing(sqlite3.connect(path)) as database:
        database.executescript(BEFORE)

    migrate(path, "0004")

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT email_failure, email_failed_at FROM accounts_user").fetchall() == [("", None)]
        failures = database.execute("SELECT email_failure FROM accounts_invitation ORDER BY email").fetchall()
    assert failures == [("",), ("refused",)]


def migrate(path: Path, target: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "accounts", target, "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{path}"},
        check=True,
    )
