"""Somebody else's project installs the wheel: few lines, nothing of theirs changes, and keys work.

Each project is tried on the oldest Python and Django that we support, and on the newest that this machine has. The
first run makes their environments below `.venv-hosts/`, which takes minutes and the network. They are kept.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Response, expect

from dev.pgbouncer import pgbouncer
from dev.postgresql import PostgresServer
from dev.servers import ROOT, running_server
from tests.hosts import journey
from tests.hosts.environments import build_wheel, newest, oldest
from tests.hosts.installation import PROJECTS, Installation
from tests.pages import KEYS, PASSWORD

MOST_LINES = {"settings and URLs": 10, "host": 10}
RELEASES = {"oldest": oldest, "newest": newest}
ON_POSTGRESQL = ("organisations", "doors_only")
DOORS_ONLY = "doors_only"
PICTURES = os.environ.get("PICTURES")  # a folder for a picture of each page, to be looked at

OWNER = "ada@acme.example"
LET_IN = f"from accounts.models import User; ada = User.objects.get(); ada.set_password({PASSWORD!r}); ada.save()"

# All that a stylesheet says of the project's own page, but for what its content makes of it.
LOOKS = """() => Object.fromEntries(
  ["html", "body", "header", "header a", "header button"].flatMap((selector) => {
    const style = getComputedStyle(document.querySelector(selector));
    const names = [...style].filter((name) => !/height|width|block-size|inline-size|origin|inset|rows/.test(name));
    return names.map((name) => [`${selector}: ${name}`, style.getPropertyValue(name)]);
  })
)"""

Test = TypeVar("Test", bound=Callable[..., None])


def on_each_release(*names: str) -> Callable[[Test], Test]:
    """The fixture `project`, for these projects. One process has all tests of one of them."""
    cases = [
        pytest.param((name, release), id=f"{name}-{release}", marks=pytest.mark.xdist_group(f"hosts-{name}-{release}"))
        for name in names
        for release in RELEASES
    ]
    on = pytest.mark.parametrize("project", cases, indirect=True, scope="module")
    # They have databases of their own, so one run has them all, and it is the one with the browser.
    return lambda test: pytest.mark.full(pytest.mark.browser(on(test)))


every_project = on_each_release(*PROJECTS)
with_pages = on_each_release(*(name for name in PROJECTS if name != DOORS_ONLY))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def pool(postgres) -> Iterator[str]:
    with pgbouncer(postgres.url) as url:
        yield url


@pytest.fixture(scope="module")
def project(request, wheel, tmp_path_factory) -> Installation:
    """As it is before anyone has heard of oncekeys: migrated, and with people in it."""
    name, release = request.param
    if (interpreter := RELEASES[release]()) is None:
        pytest.skip("There is no Python here that a Django newer than 5.2 runs on.")
    project = Installation.checked_out(PROJECTS[name], tmp_path_factory.mktemp(name) / name, interpreter)
    if name in ON_POSTGRESQL:
        postgres = request.getfixturevalue("postgres")
        database = _new_database(postgres.url, f"{name}_{release}")
        project.settings = {"KEYS_DATABASE_URL": database}
        if name != DOORS_ONLY:
            pool = urlsplit(request.getfixturevalue("pool"))
            project.settings = {"DATABASE_URL": urlunsplit(pool._replace(path=urlsplit(database).path))}
            project.settings_of_tests = {"DATABASE_URL": database}
    project.environment.prepare(wheel, PROJECTS[name].extras)
    project.manage("migrate", "--verbosity=0")
    project.manage("loaddata", "--verbosity=0", "demo")
    return project


@pytest.fixture(scope="module")
def installed(project, wheel) -> Installation:
    project.apply_patch()
    project.environment.install(wheel)
    project.manage("migrate", "--verbosity=0")
    if project.foreign.collects_static_files:
        project.manage("collectstatic", "--no-input", "--verbosity=0")
    return project


@pytest.fixture(scope="module")
def site(installed) -> Iterator[str]:
    with installed.server() as url:
        yield url


@pytest.fixture
def visit(chromium, site) -> Iterator[Callable[..., Page]]:
    """A browser before the project, in which its person has signed in. Anything wrong with a page fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def note_error(error: Error) -> None:
        wrong.append(str(error))

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            wrong.append(message.text)

    def note_missing(response: Response) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            wrong.append(f"{response.status} {response.url}")

    def visit(login: str, **options) -> Page:
        context = chromium.new_context(base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", note_error)
        page.on("console", note_message)
        page.on("response", note_missing)
        journey.sign_in(page, login)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("foreign", PROJECTS.values(), ids=PROJECTS)
def test_few_lines_install_it(foreign):
    lines = foreign.lines()

    assert {what: lines[what] for what, most in MOST_LINES.items() if lines[what] > most} == {}


@pytest.mark.parametrize("foreign", PROJECTS.values(), ids=PROJECTS)
def test_no_model_of_theirs_changes(foreign):
    assert [file for file in foreign.changed_files() if file.endswith("/models.py") or "/migrations/" in file] == []


@every_project
def test_own_tests_pass_before(project):
    project.run_own_tests()


@every_project
def test_no_installed_package_changes(project):
    before, after = project.environment.packages_before, project.environment.packages_after

    assert {name: after.get(name) for name in before if after.get(name) != before[name]} == {}
    assert "oncekeys" in after


@every_project
def test_own_tests_pass_after(installed):
    installed.run_own_tests()


@every_project
def test_nothing_is_wrong_with_the_project(installed):
    installed.manage("check", "--fail-level=WARNING")
    installed.manage("makemigrations", "--check", "--dry-run")


@with_pages
def test_key_is_made_used_and_deleted_without_javascript(installed, site, visit):
    page = visit(installed.foreign.login, java_script_enabled=False)
    journey.open_keys(page)

    key = journey.create(page, "Without scripts")
    accepted = _call(installed, site, key)
    journey.open_keys(page)
    journey.delete(page, "Without scripts")
    refused = _call(installed, site, key)

    assert (accepted.status_code, refused.status_code) == (200, 401)
    assert accepted.json()


@with_pages
def test_key_is_made_in_a_dialog_over_their_page(installed, site, visit):
    page = visit(installed.foreign.login, permissions=["clipboard-read", "clipboard-write"])
    journey.open_keys(page)
    journey.open_form(page)
    expect(page.get_by_role("dialog", name="Create API key")).to_be_visible()
    _picture(page, installed, "dialog")

    page.get_by_label("API Key Name").fill("In a dialog")
    page.get_by_role("button", name="Generate key").click()
    page.get_by_role("button", name="Copy & close").click()
    expect(page.get_by_role("heading", name="In a dialog")).to_be_visible()
    _picture(page, installed, "keys")

    key = page.evaluate("navigator.clipboard.readText()")
    assert _call(installed, site, key).status_code == 200


@with_pages
def test_their_page_keeps_its_look(installed, visit):
    page = visit(installed.foreign.login)
    page.goto("/")
    before = page.evaluate(LOOKS)

    journey.open_keys(page)

    after = page.evaluate(LOOKS)
    assert {rule: (value, after[rule]) for rule, value in before.items() if after[rule] != value} == {}


@with_pages
def test_signed_out_people_are_led_to_their_sign_in(installed, visit):
    page = visit(installed.foreign.login)
    journey.open_keys(page)
    keys = page.url

    answer = httpx.get(keys)
    page.context.clear_cookies()
    page.goto(keys)

    assert answer.status_code == 302
    expect(page.locator("input[type=password]")).to_be_visible()


@on_each_release(DOORS_ONLY)
def test_doors_alone_make_no_tables(installed):
    with closing(sqlite3.connect(installed.folder / "rates.sqlite3")) as theirs:
        tables = {name for (name,) in theirs.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    with psycopg.connect(installed.settings["KEYS_DATABASE_URL"]) as keys:
        made = keys.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert {name for name in tables if name.startswith("oncekeys")} == set()
    assert made == []


@on_each_release(DOORS_ONLY)
def test_doors_alone_take_the_keys_of_our_site(installed, site, chromium, tmp_path):
    keys = {"DATABASE_URL": installed.settings["KEYS_DATABASE_URL"]}
    for command in (["migrate"], ["create_account", "Acme", "--owner", OWNER], ["shell", "-c", LET_IN]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env={**os.environ, **keys}, check=True)

    with (
        running_server(tmp_path / "log", **keys) as desk,
        closing(chromium.new_context(base_url=desk.url, java_script_enabled=False)) as context,
    ):
        page = context.new_page()
        journey.sign_in(page, OWNER)
        page.goto(KEYS)
        key = journey.create(page, "Rates")
        accepted = _call(installed, site, key)
        known = desk.test(key)
        accepted_again = _call(installed, site, key)
        page.goto(KEYS)
        journey.delete(page, "Rates")
        refused = _call(installed, site, key)

    assert [answer.status_code for answer in (accepted, known, accepted_again, refused)] == [200, 200, 200, 401]


def _call(installed: Installation, site: str, key: str) -> httpx.Response:
    return httpx.get(site + installed.foreign.api, headers={"API-Key": key}, timeout=30)


def _picture(page: Page, installed: Installation, of: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{installed.environment.folder.name}-{of}.png", full_page=True)


def _new_database(server_url: str, name: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")  # left by one that failed on the way
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
