"""An older backup is restored, and what was deleted since does not come back to life."""

import io
import os
import pty
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
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


def test_other_keys_live_on_and_those_that_are_not_here_are_no_fault(acme, crm, repeat):
    out, err = repeat("ok_live_7Fh2k9QxYz12\n")

    assert verification.verify(crm.token.reveal()) == crm.api_key
    assert (out, err) == ("", "0 of 1 had come back, and are deleted again.\n")


def test_a_list_that_is_broken_deletes_nothing(acme, crm, repeat):
    with pytest.raises(CommandError, match="Line 2 is no id of a key"):
        repeat(f"{crm.api_key.public_id}\nok_live_7Fh2k9\n")

    assert verification.verify(crm.token.reveal()) == crm.api_key


def test_an_empty_list_is_not_taken_for_success(acme, crm, repeat):
    out, err = repeat("")

    assert (out, err) == ("", "The list is empty, so nothing was deleted. Is it the right one?\n")


def test_a_file_of_another_kind_is_one_sentence(acme, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"PGDMP\xff\xfe"), encoding="utf-8"))

    with pytest.raises(CommandError, match="This is no list of key ids"):
        call_command("repeat_deletions")


def test_without_a_list_it_does_not_wait_for_one_to_be_typed(acme):
    controller, terminal = pty.openpty()
    command = [sys.executable, str(ROOT / "manage.py"), "repeat_deletions"]

    done = subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False, timeout=120)

    os.close(controller)
    assert done.returncode == 1
    assert "repeat_deletions < FILE" in done.stderr
