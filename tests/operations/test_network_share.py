"""SQLite on a network share, where its locks do not hold."""

import pytest
from django.core.checks import run_checks
from django.db import connections

ROOT = "overlay / overlay rw 0 0\n"


@pytest.fixture
def found(settings, monkeypatch, tmp_path):
    """Return whether the checks refuse a database in /srv/one of ours/ with these mounts."""

    def check(mounts: str) -> bool:
        file = tmp_path / "mounts"
        file.write_text(ROOT + mounts)
        monkeypatch.setattr("oncekeys.checks_of_database.MOUNTS", file)
        monkeypatch.setattr(connections["default"], "vendor", "sqlite")
        monkeypatch.setitem(connections["default"].settings_dict, "NAME", "/srv/one of ours/var/oncekeys.sqlite3")
        return "oncekeys.E013" in [message.id for message in run_checks()]

    return check


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_share_is_refused(found, kind):
    assert found(f"server:/data /srv/one\\040of\\040ours {kind} rw 0 0\n")


def test_a_disk_is_not_refused(found):
    assert not found("server:/data /srv/other nfs4 rw 0 0\n/dev/sda1 /srv/one\\040of\\040ours ext4 rw 0 0\n")
    assert not found("server:/data /srv nfs4 rw 0 0\n/dev/sda1 /srv/one\\040of\\040ours ext4 rw 0 0\n")
