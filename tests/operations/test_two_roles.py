"""The site does all it has to as a role that owns nothing, and so can't touch the audit log."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from dev.postgresql import PostgresServer
from dev.servers import ROOT, running_server, site_environment
from tests.pages import ACTIVITY, KEYS, NEW, PASSWORD, WHOLE_KEY

# In full only: it migrates a database of its own.
pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("two roles"), pytest.mark.full]

DOCUMENT = (ROOT / "docs" / "operators.md").read_text()
DAILY = """
from django.core.management import call_command
for command in ("send_expiry_warnings", "delete_ended", "list_deletions"):
    call_command(command)
"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address for the lesser role. The other one has migrated."""
    (grants,) = re.findall(r"```sql name=roles\n(.*?)```", DOCUMENT, re.DOTALL)
    with PostgresServer() as server:
        with psycopg.connect(server.url, autocommit=True) as administrator:
            administrator.execute("CREATE ROLE oncekeys_owner LOGIN")
            administrator.execute("CREATE ROLE site LOGIN")
            administrator.execute("CREATE DATABASE oncekeys OWNER oncekeys_owner")
        place = server.url.replace("/postgres?", "/oncekeys?")
        with psycopg.connect(place, autocommit=True) as administrator:
            administrator.execute(grants.replace("TO oncekeys;", "TO site;"))
        manage(place.replace("oncekeys@", "oncekeys_owner@"), "migrate")
        yield place.replace("oncekeys@", "site@")


def manage(url: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**site_environment(), "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if arguments[0] == "check" else None,
        text=True,
        check=True,
    ).stdout


def post(browser: httpx.Client, path: str, **form: str) -> httpx.Response:
    token = TOKEN.findall(browser.get(path).text)[0]
    return browser.post(path, data={**form, "csrfmiddlewaretoken": token})


def test_a_check_warns_of_a_role_that_may_empty_the_audit_log(database):
    lesser, owner = (
        manage(url, "check", "--deploy", "--database", "default")
        for url in (database, database.replace("site@", "oncekeys_owner@"))
    )

    assert ("oncekeys.W004" in lesser, "oncekeys.W004" in owner) == (False, True)


def test_the_checks_run_before_the_first_migration(tmp_path):
    with PostgresServer() as server:
        for url in (f"sqlite:///{tmp_path}/empty.sqlite3", server.url):
            assert "oncekeys.W004" not in manage(url, "check", "--deploy", "--database", "default")


@pytest.mark.django_db(transaction=True)
def test_the_main_journey_works_as_the_lesser_role(database, static_files, tmp_path):
    link = manage(database, "create_account", "Acme", "--owner", "ada@acme.example").split()[-1]
    with (
        running_server(tmp_path / "log", DATABASE_URL=database) as site,
        site.client(follow_redirects=True) as browser,
    ):
        set_password = str(browser.get(httpx.URL(link).raw_path.decode()).url)
        post(browser, set_password, password1=PASSWORD, password2=PASSWORD)
        created = post(browser, NEW, name="CRM", environment="production", expires="")
        key = WHOLE_KEY.search(re.sub("<[^>]+>", "", created.text))[0]
        works = site.test(key).status_code
        post(browser, f"{KEYS}keys/{key[8:20]}/delete/")
        refused = site.test(key).status_code
        activity = browser.get(ACTIVITY)
    manage(database, "shell", "--no-imports", "--command", DAILY)

    assert (works, refused, activity.status_code) == (200, 401, 200)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE oncekeys_auditevent CASCADE",
        "ALTER TABLE oncekeys_auditevent DISABLE TRIGGER ALL",
        "DROP TABLE oncekeys_auditevent",
        "SET session_replication_role = replica",
        "CREATE TABLE a_place_of_its_own ()",
    ],
)
def test_the_lesser_role_has_no_way_around_the_triggers(database, statement):
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)
