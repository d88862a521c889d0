"""The commands of `docs/operators.md` for a backup and its return, run as written.

Only addresses, folders and the day are replaced, and of PostgreSQL's programs the version.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.db import connection
from django.test import Client
from post_office.models import Email

from dev.servers import ROOT, running_server
from oncekeys.models import AuditEvent
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.operations.stores import STORES

COMMANDS = dict(re.findall(r"```sh name=([\w-]+)\n(.*?)```", (ROOT / "docs" / "operators.md").read_text(), re.DOTALL))
PYTHON = {"python manage.py": f"{sys.executable} {ROOT / 'manage.py'}"}
A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
REFUSAL = "Audit events are only ever added."

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("backup")]


@pytest.fixture
def store(tmp_path):
    (tmp_path / "backup" / "deletions").mkdir(parents=True)
    store = STORES[connection.vendor](tmp_path)
    yield store
    store.remove()


@pytest.fixture
def give(store, tmp_path):
    """Gives a command of the document, in the site's folder."""

    def give(name: str, *, day: str = "") -> str:
        """Return what it prints, errors included."""
        command = A_DAY.sub(day, COMMANDS[name])
        for documented, here in {**store.places, **PYTHON, "/backup": f"{tmp_path}/backup"}.items():
            command = command.replace(documented, here)
        environment = {**os.environ, "DATABASE_URL": store.url}
        # What goes wrong is printed with the rest.
        given = ["sh", "-euc", f"exec 2>&1\n{command}"]
        return subprocess.run(given, cwd=tmp_path, env=environment, stdout=PIPE, text=True, check=True).stdout

    return give


@pytest.fixture
def back_up(give, store, tmp_path):
    def back_up() -> Path:
        give(f"{store.name}-backup")
        return next((tmp_path / "backup").glob("oncekeys-*"))

    return back_up


@pytest.fixture
def restore(give, store):
    def restore(backup: Path) -> str:
        return give(f"{store.name}-restore", day=A_DAY.findall(backup.name)[0])

    return restore


@pytest.fixture
def restored_site(store, static_files, tmp_path):
    return lambda: running_server(tmp_path / "log", DATABASE_URL=store.url)


def test_a_backup_holds_members_and_no_sessions(ada, signed_in, store, back_up):
    signed_in(ada).get("/profile/")

    contents = store.contents(back_up())

    assert ada.email in contents
    assert UserSession.objects.get().session_key not in contents


def test_a_backup_holds_no_email_that_waits_nor_its_link(ada, settings, store, back_up):
    settings.EMAIL_BACKEND = "accounts.outbox.EmailBackend"
    Client().post("/password/reset/", {"email": ada.email})
    (link,) = re.findall(r"/password/reset/key/\S+", Email.objects.get().message)

    contents = store.contents(back_up())

    assert ada.email in contents
    assert link not in contents


def test_after_a_restore_keys_work_and_no_one_is_signed_in(crm, ada, session_of, back_up, restore, restored_site):
    session = session_of(ada)

    restore(back_up())

    with restored_site() as site, site.client(cookies=session) as browser:
        assert site.test(crm.token.reveal()).status_code == 200
        assert browser.get("/profile/").status_code == 302


def test_the_restored_log_is_whole_and_still_only_added_to(crm, store, back_up, restore):
    restore(back_up())

    assert REFUSAL in store.execute("UPDATE oncekeys_auditevent SET kind = 'api_key.paused'")
    assert REFUSAL in store.execute("DELETE FROM oncekeys_auditevent")
    assert int(store.execute("SELECT count(*) FROM oncekeys_auditevent")) == AuditEvent.objects.count()


def test_a_key_deleted_since_works_again_until_the_list_is_repeated(
    crm, acme, ada, give, back_up, restore, restored_site, tmp_path
):
    leaked = api_keys.create(account=acme, by=By(ada), name="Leaked")
    backup = back_up()
    api_keys.delete(api_key=leaked.api_key, by=By(ada))
    with (tmp_path / "backup" / "deletions" / "list").open("w") as file:
        call_command("list_deletions", stdout=file)
    restore(backup)

    with restored_site() as site:
        came_back = site.test(leaked.token.reveal()).status_code
        give("repeat-deletions")

        assert (came_back, site.test(leaked.token.reveal()).status_code) == (200, 401)
        assert site.test(crm.token.reveal()).status_code == 200


@pytest.mark.postgresql
def test_a_restore_by_an_ordinary_role_prints_no_warnings(acme, store, back_up, restore):
    """Give the restore a database of its own, as the site has; the other tests' role administers the server."""
    backup = back_up()

    with store.as_ordinary_role():
        assert restore(backup) == ""


@pytest.mark.postgresql
def test_of_a_backup_that_is_torn_nothing_is_restored(crm, store, back_up, restore):
    backup = back_up()
    with backup.open("r+b") as file:
        file.truncate(backup.stat().st_size // 2)

    with pytest.raises(subprocess.CalledProcessError):
        restore(backup)

    assert int(store.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0
