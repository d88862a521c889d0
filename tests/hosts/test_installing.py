"""A foreign project installs the wheel: few lines, nothing of theirs changes, and keys work.

Each project is tried on the oldest Python and Django that we support, and on the newest that this machine has. The
first run makes their environments below `.venv-hosts/`, which takes minutes and the network. They are kept.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Response, expect

from dev.pgbouncer import pgbouncer
from dev.postgresql import PostgresServer
from dev.servers import ROOT, Server, running_server
from tests.hosts import journey
from tests.hosts.environments import build_wheel, newest, oldest
from tests.hosts.installation import PROJECTS, SHELL, Installation, new_database
from tests.pages import KEYS, PASSWORD
from tests.soon import soon

MOST_LINES = {"settings and URLs": 10, "host": 10}
RELEASES = {"oldest": oldest, "newest": newest}
ON_POSTGRESQL = ("organisations", "doors_only")
DOORS_ONLY = "doors_only"
ON_ITS_OWN = "plain"  # with nothing but Django and us, so whatever is deprecated is ours
PASSED = re.compile(r"^OK$|\d+ passed", re.MULTILINE)  # as unittest and pytest say it
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PICTURES = os.environ.get("PICTURES")  # a folder for a picture of each page, to be looked at

# What the site and a project that checks its keys share, each with a SECRET_KEY of its own.
SHARED_SECRET = "for-the-seals-of-keys-alone-0123456789-abcdefghijklmnop"
OWNER = "ada@acme.example"
LET_IN = f"""
from accounts.models import User
ada = User.objects.get(email={OWNER!r})
ada.set_password({PASSWORD!r})
ada.save()
"""

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
        for release, found in RELEASES.items()
        if found()  # the newest is one of its own only where a Python is there that a newer Django runs on
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
    """Return the project before it heard of oncekeys: migrated, and with people in it."""
    name, release = request.param
    interpreter = RELEASES[release]()
    assert interpreter
    project = Installation.checked_out(PROJECTS[name], tmp_path_factory.mktemp(name) / name, interpreter)
    if name == ON_ITS_OWN:
        project.settings = {"PYTHONWARNINGS": "error"}
    if name in ON_POSTGRESQL:
        postgres = request.getfixturevalue("postgres")
        database = new_database(postgres.url, f"{name}_{release}")
        project.settings = {"KEYS_DATABASE_URL": database, "ONCEKEYS_SECRET_KEY": SHARED_SECRET}
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
    assert PASSED.search(project.run_own_tests())


@every_project
def test_no_installed_package_changes(project):
    before, after = project.environment.packages_before, project.environment.packages_after

    assert {name: after.get(name) for name in before if after.get(name) != before[name]} == {}
    assert "oncekeys" in after


@every_project
def test_own_tests_pass_after(installed):
    assert PASSED.search(installed.run_own_tests())


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
    expect(page.get_by_role("button", name="Copy & close")).to_be_visible()
    _picture(page, installed, "created")
    page.get_by_role("button", name="Copy & close").click()
    expect(page.get_by_role("heading", name="In a dialog")).to_be_visible()
    _picture(page, installed, "keys")
    key = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("link", name="In a dialog", exact=True).click()
    expect(page.get_by_role("heading", name="In a dialog", level=1)).to_be_visible()
    _picture(page, installed, "key")

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


@on_each_release(ON_ITS_OWN)
def test_ready_command_calls_their_api(installed, site, visit):
    page = visit(installed.foreign.login, java_script_enabled=False)
    journey.open_keys(page)
    journey.open_form(page)
    page.get_by_label("API Key Name").fill("By curl")
    page.get_by_role("button", name="Generate key").click()
    key = page.get_by_role("group", name="API key").text_content().strip()

    command = page.get_by_text("curl -H").text_content()

    theirs = {**SHELL, "ONCEKEYS_API_KEY": key, "API_URL": site + installed.foreign.api}
    answer = subprocess.run(["sh", "-c", command], env=theirs, capture_output=True, text=True, check=True).stdout
    assert json.loads(answer)["entries"]


@on_each_release(ON_ITS_OWN)
def test_email_leaves_as_the_project_says(installed, visit):
    page = visit(installed.foreign.login, java_script_enabled=False)
    journey.open_keys(page)

    journey.create(page, "Told by email")

    assert soon(lambda: [mail for mail in _emails(installed) if "“Told by email”" in mail["Subject"]])


@on_each_release(DOORS_ONLY)
def test_doors_alone_make_no_tables(installed):
    with closing(sqlite3.connect(installed.folder / "rates.sqlite3")) as theirs:
        tables = {name for (name,) in theirs.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    with psycopg.connect(installed.settings["KEYS_DATABASE_URL"]) as keys:
        made = keys.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert {name for name in tables if name.startswith("oncekeys")} == set()
    assert made == []


@pytest.fixture(scope="module")
def desk(installed, tmp_path_factory) -> Iterator[Server]:
    """Our site, over the same tables of keys, with an owner who can sign in."""
    for command in (["migrate"], ["create_account", "Acme", "--owner", OWNER], ["shell", "-c", LET_IN]):
        _manage_site(installed, *command)
    with running_server(tmp_path_factory.mktemp("desk") / "log", **_settings_of_site(installed)) as server:
        yield server


@on_each_release(DOORS_ONLY)
def test_doors_alone_take_the_keys_of_our_site(installed, site, desk, chromium):
    with closing(chromium.new_context(base_url=desk.url, java_script_enabled=False)) as context:
        page = context.new_page()
        journey.sign_in(page, OWNER)
        page.goto(KEYS)
        key = journey.create(page, "Rates")
        accepted = _call(installed, site, key)
        page.goto(KEYS)
        journey.delete(page, "Rates")
        refused = _call(installed, site, key)

    assert [accepted.status_code, refused.status_code] == [200, 401]


@on_each_release(DOORS_ONLY)
def test_doors_alone_check_the_seals_of_our_site(installed, site, desk):
    """A seal that the other side couldn't check would be replaced at each change of sides, by a run of Argon2."""
    key = _manage_site(installed, "create_api_key", "acme", "Sealed")
    sealed = _seal(installed)

    answers = [_call(installed, site, key), desk.test(key), _call(installed, site, key)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert _seal(installed) == sealed


def _settings_of_site(installed: Installation) -> dict[str, str]:
    return {"DATABASE_URL": installed.settings["KEYS_DATABASE_URL"], "ONCEKEYS_SECRET_KEY": SHARED_SECRET}


def _manage_site(installed: Installation, *arguments: str) -> str:
    command, settings = [sys.executable, "manage.py", *arguments], {**os.environ, **_settings_of_site(installed)}
    return subprocess.run(command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _seal(installed: Installation) -> bytes:
    with psycopg.connect(installed.settings["KEYS_DATABASE_URL"]) as keys:
        return keys.execute("SELECT seal FROM oncekeys_apikey WHERE name = 'Sealed'").fetchall()[0][0]


def _call(installed: Installation, site: str, key: str) -> httpx.Response:
    return httpx.get(site + installed.foreign.api, headers={"API-Key": key}, timeout=30)


def _emails(installed: Installation) -> list[EmailMessage]:
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in installed.folder.glob("emails/*")]


def _picture(page: Page, installed: Installation, of: str) -> None:
    """One for each theme and width, if anyone asked for them."""
    for theme, width in product(THEMES, (1280, 390)) if PICTURES else ():
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 800})
        file = f"{installed.environment.folder.name}-{of}-{theme}-{width}.png"
        page.screenshot(path=Path(PICTURES or ".") / file, full_page=True, animations="disabled")
