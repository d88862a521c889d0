"""A real PgBouncer in transaction mode lends each connection of the server to many clients, one after the other."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from dev.pgbouncer import pgbouncer
from dev.servers import database_url, running_server, site_environment
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import ACTIVITY

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgresql,
    pytest.mark.xdist_group("faults"),
]

ADVICE = "Set max_prepared_statements in PgBouncer"
REQUESTS = 400
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@contextmanager
def pool(*, size: int = 3, **options) -> Iterator[str]:
    """The address of the tests' database behind few connections, which others use all the time."""
    name = psycopg.conninfo.conninfo_to_dict(database_url())["dbname"]
    with pgbouncer(database_url(), pool_size=size, **options) as url:
        url = url.removesuffix("postgres") + str(name)
        over = threading.Event()
        others = [threading.Thread(target=use, args=(url, over)) for _ in range(3)]
        for other in others:
            other.start()
        try:
            yield url
        finally:
            over.set()
            for other in others:
                other.join()


def use(url: str, over: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        while not over.is_set():
            connection.execute("SELECT pg_sleep(0.005)")


def manage(url: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**site_environment(), "DATABASE_URL": url},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("kept", "advices"), [(False, 1), pytest.param(True, 0, marks=pytest.mark.full)], ids=["lost", "kept"]
)
def test_every_valid_key_is_let_in_whether_or_not_statements_are_kept(static_files, tmp_path, crm, kept, advices):
    key = crm.token.reveal()
    with (
        pool(prepared_statements=kept, size=20 if kept else 3) as url,  # an old one lends them for longer
        running_server(tmp_path / "log", DATABASE_URL=url) as server,
        ThreadPoolExecutor(8) as clients,
    ):
        answers = list(clients.map(lambda _: server.test(key).status_code, range(REQUESTS)))

    assert set(answers) == {200}
    assert server.log.read_text().count(ADVICE) == advices


@pytest.mark.full
def test_list_of_deletions_is_whole(acme, ada, crm):
    deleted = [api_keys.create(account=acme, by=By(ada), name=f"Key {n}").api_key for n in range(3)]
    for key in deleted:
        api_keys.delete(api_key=key, by=By(ada))

    with pool() as url:
        done = manage(url, "list_deletions")
        again = manage(url, "repeat_deletions", given=done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [key.public_id for key in deleted]
    assert (again.returncode, again.stderr) == (0, "0 of 3 had come back, and are deleted again.\n")


@pytest.mark.parametrize(
    "command",
    [
        ["delete_ended"],
        *(
            pytest.param(command, marks=pytest.mark.full)
            for command in (["list_api_keys", "acme"], ["send_expiry_warnings"], ["erase_person", "grace@acme.example"])
        ),
    ],
    ids=lambda command: command[0],
)
def test_command_needs_no_connection_of_its_own(grace, crm, session_of, command):
    session_of(grace)

    with pool() as url:
        done = manage(url, *command)

    assert done.returncode == 0, done.stderr


def test_pages_and_staff_need_no_connection_of_their_own(static_files, tmp_path, acme, ada, crm, session_of):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    with (
        pool() as url,
        running_server(tmp_path / "log", DATABASE_URL=url) as server,
        server.client(cookies=session_of(ada)) as browser,
    ):
        paths = [
            ACTIVITY,
            f"/admin/accounts/user/{ada.pk}/change/",
            "/admin/auth/group/add/",
        ]
        answers = {path: browser.get(path).status_code for path in paths}
        (token, *_) = TOKEN.findall(browser.get(ACTIVITY).text)
        exported = browser.post(f"{ACTIVITY}export.csv", data={"csrfmiddlewaretoken": token})

    assert answers == dict.fromkeys(paths, 200)
    assert exported.headers["Content-Type"].startswith("text/csv")
    assert "Traceback" not in server.log.read_text()
