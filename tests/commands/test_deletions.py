"""An older backup is restored, and what was deleted since does not come back to life."""

import io
import os
import pty
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from dev.servers import ROOT
from oncekeys.models import ApiKey, AuditEvent
from oncekeys.services import api_keys, rotation, verification
from oncekeys.services.by import By
from oncekeys.services.refusals import Code, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(capsys):
    def listed() -> str:
        call_command("list_deletions")
        return capsys.readouterr().out

    return listed


@pytest.fixture
def repeat(monkeypatch, capsys):
    def repeat(lines: str) -> tuple[str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        call_command("repeat_deletions")
        return capsys.readouterr()

    return repeat


@pytest.fixture
def backup():
    """Takes a key's row as it is now, and gives what puts it back."""

    def take(key: ApiKey):
        row = ApiKey.objects.filter(pk=key.pk).values().get()
        return lambda: ApiKey.objects.filter(pk=key.pk).update(**row)

    return take


def test_a_key_that_a_backup_brought_back_is_deleted_again(acme, ada, crm, backup, listed, repeat):
    restore = backup(crm.api_key)
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    list_of_before = listed()
    restore()
    assert verification.verify(crm.token.reveal()) == crm.api_key

    out, err = repeat(list_of_before)

    with pytest.raises(Refused) as refused:
        verification.verify(crm.token.reveal())
    assert refused.value.code == Code.INVALID_KEY
    assert (out, err) == (
        f"acme\t{crm.api_key.public_id}\tProduction CRM\n",
        "1 of 1 had come back, and are deleted again.\n",
    )
    assert AuditEvent.objects.filter(kind="api_key.deleted", actor=None).count() == 1


def test_a_key_whose_grace_period_is_over_is_listed_too(acme, ada, crm, listed):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1))
    assert listed() == ""

    ApiKey.objects.filter(pk=crm.api_key.pk).update(expires_at=timezone.now() - timedelta(minutes=1))

    assert listed() == f"{crm.api_key.public_id}\n"


def test_a_key_that_works_or_has_simply_expired_is_not_listed(acme, ada, crm, listed):
    expired = api_keys.create(account=acme, by=By(ada), name="Old", expires=timedelta(days=1)).api_key
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(minutes=1))

    assert listed() == ""


@pytest.fixture
def many_deleted(acme) -> list[str]:
    """More than are read at once."""
    alike = {"account": acme, "name": "Old", "folded_name": "old", "deleted_at": timezone.now()}
    return [
        key.public_id for key in ApiKey.objects.bulk_create(ApiKey(key_id=f"{n:012}", **alike) for n in range(5003))
    ]


def test_each_of_many_is_listed_once_and_can_be_repeated(many_deleted, crm, listed, repeat):
    lines = listed()

    assert lines.splitlines() == many_deleted
    assert repeat(lines + f"{crm.api_key.public_id}\n")[1] == "1 of 5004 had come back, and are deleted again.\n"


@pytest.mark.full
def test_memory_of_the_list_does_not_grow_with_it(many_deleted, django_assert_max_num_queries):
    with django_assert_max_num_queries(3) as queries:
        call_command("list_deletions", stdout=io.StringIO())

    assert len(queries) == 3
    assert not [query for query in queries if "secret_hash" in query["sql"].split("FROM")[0]]


def test_a_file_is_replaced_once_the_list_is_whole(acme, ada, crm, tmp_path):
    file = tmp_path / "06"
    file.write_text("ok_live_7Fh2k9QxYz12\n")
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    call_command("list_deletions", output=file)

    assert file.read_text() == f"{crm.api_key.public_id}\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_run_that_fails_leaves_the_file_of_before(acme, break_lookups, tmp_path):
    file = tmp_path / "06"
    file.write_text("ok_live_7Fh2k9QxYz12\n")
    break_lookups()

    with pytest.raises(OperationalError):
        call_command("list_deletions", output=file)

    assert file.read_text() == "ok_live_7Fh2k9QxYz12\n"


def test_a_file_that_cannot_be_written_is_one_sentence(acme, tmp_path):
    with pytest.raises(CommandError, match="can't be written: No such file or directory"):
        call_command("list_deletions", output=tmp_path / "none" / "06")


def test_other_keys_live_on_and_those_that_are_not_here_are_no_fault(acme, crm, repeat):
    out, err = repeat("ok_live_7Fh2k9QxYz12\n")

    assert verification.verify(crm.token.reveal()) == crm.api_key
    assert (out, err) == ("", "0 of 1 had come back, and are deleted again.\n")


def test_a_list_that_is_broken_deletes_nothing(acme, crm, repeat):
    with pytest.raises(CommandError, match="Line 2 isn't a key ID"):
        repeat(f"{crm.api_key.public_id}\nok_live_7Fh2k9\n")

    assert verification.verify(crm.token.reveal()) == crm.api_key


def test_an_empty_list_is_not_taken_for_success(acme, crm, repeat):
    out, err = repeat("")

    assert (out, err) == ("", "The list is empty, so nothing was deleted. Is it the right one?\n")


def test_a_file_of_another_kind_is_one_sentence(acme, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"PGDMP\xff\xfe"), encoding="utf-8"))

    with pytest.raises(CommandError, match="This isn't a list of key IDs"):
        call_command("repeat_deletions")


def test_without_a_list_it_does_not_wait_for_one_to_be_typed(acme):
    controller, terminal = pty.openpty()
    command = [sys.executable, str(ROOT / "manage.py"), "repeat_deletions"]

    done = subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False, timeout=120)

    os.close(controller)
    assert done.returncode == 1
    assert "repeat_deletions < FILE" in done.stderr
