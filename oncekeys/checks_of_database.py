"""Checks of the keys' database for `check --deploy --database default`."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from oncekeys.models import AuditEvent
from oncekeys.models.transactions import alias

# What each mount is: proc(5), a line for each, its place in the second field and its kind in the third.
MOUNTS = Path("/proc/self/mounts")
OVER_A_NETWORK = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "nfs", "nfs4", "smb3"}

# Any role may read these, though not which standby is how far.
FOLLOWED_WITHOUT_WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup')
   AND (current_setting('synchronous_standby_names') = '' OR current_setting('synchronous_commit') IN ('off', 'local'))
"""
# Null before the first migration, when there are no tables.
MAY_EMPTY = "SELECT has_table_privilege(to_regclass(%s), 'TRUNCATE')"

Databases = Collection[str] | None


def _on_postgresql(check: Callable[[Any], list[CheckMessage]]) -> None:
    @register(Tags.database, deploy=True)
    def _(databases: Databases = None, **_: Any) -> list[CheckMessage]:
        connection = connections[alias()]
        if alias() not in (databases or ()) or connection.vendor != "postgresql":
            return []
        with connection.cursor() as cursor:
            return check(cursor)


@_on_postgresql
def _deletions_reach_a_standby(cursor: Any) -> list[CheckMessage]:
    cursor.execute(FOLLOWED_WITHOUT_WAITING)
    if cursor.fetchone() == (False,):
        return []
    sentence = (
        "A standby follows this database, but no commit waits for one: once it is promoted, keys deleted just before "
        "work again. Set synchronous_standby_names or run repeat_deletions after each promotion: see docs/operators.md."
    )
    return [Warning(sentence, id="oncekeys.W005")]


@_on_postgresql
def _audit_log_is_out_of_reach(cursor: Any) -> list[CheckMessage]:
    cursor.execute(MAY_EMPTY, [AuditEvent._meta.db_table])
    if cursor.fetchone() != (True,):
        return []
    sentence = (
        "The role that connects may empty the audit log, as the owner of its table may. Have another role own the "
        "tables, and run migrations as that one: see docs/operators.md."
    )
    return [Warning(sentence, id="oncekeys.W004")]


@register("oncekeys")
def _sqlite_is_on_a_disk_of_its_own(**_: Any) -> list[CheckMessage]:
    connection = connections[alias()]
    name = str(connection.settings_dict["NAME"])
    in_memory = name == ":memory:" or name.startswith("file:")  # or a URI, which may say so
    if connection.vendor != "sqlite" or in_memory or _kind_of_mount(Path(name)) not in OVER_A_NETWORK:
        return []
    sentence = (
        "The SQLite database of the keys seems to be on a network share, where locks do not hold and it is damaged "
        "sooner or later. Move it to a disk of this machine, or use PostgreSQL."
    )
    # Not an error, which stops each command of a project: some virtual machines have their own disk as 9p.
    return [Warning(sentence, id="oncekeys.W006")]


def _kind_of_mount(file: Path) -> str:
    """Return the file system that a file is on; empty if the system doesn't say."""
    try:
        mounts = [line.split()[1:3] for line in MOUNTS.read_text().splitlines()]
    except OSError:
        return ""
    file = file.absolute()
    around = [(place, kind) for place, kind in mounts if file.is_relative_to(place.replace("\\040", " "))]
    return max(around, key=lambda mount: len(mount[0]), default=("", ""))[1]
