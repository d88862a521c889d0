"""SQLite on a network share, where its locks do not hold."""

import pytest
from django.core.checks import run_checks
from django.db import connections

ROOT = "overlay / overlay rw 0 0\n"


@pytest.fixture
def found(settings, monkeypatch, tmp_path):
    """Return whether the checks warn of a database, in /srv/one of ours/, with these mounts."""

    def check(mounts: str, *, name: str = "/srv/one of ours/var/oncekeys.sqlite3") -> bool:
        file = tmp_path / "mounts"
        file.write_text(ROOT + mounts)
        monkeypatch.setattr("oncekeys.checks_of_database.MOUNTS", file)
        monkeypatch.setattr(connections["default"], "vendor", "sqlite")
        monkeypatch.setitem(connections["default"].settings_dict, "NAME", name)
        return [message.is_serious() for message in run_checks() if message.id == "oncekeys.W006"] == [False]

    return check


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_share_is_warned_of(found, kind):
    assert found(f"server:/data /srv/one\\040of\\040ours {kind} rw 0 0\n")


def test_a_disk_is_not_warned_of(found):
    assert not found("server:/data /srv/other nfs4 rw 0 0\n/dev/sda1 /srv/one\\040of\\040ours ext4 rw 0 0\n")
    assert not found("server:/data /srv nfs4 rw 0 0\n/dev/sda1 /srv/one\\040of\\040ours ext4 rw 0 0\n")


@pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
def test_a_database_in_memory_is_on_no_share(found, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)

    assert not found(f"server:/data {tmp_path} nfs4 rw 0 0\n", name=name)
