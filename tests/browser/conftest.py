"""A real Chromium before a real server. Nobody signs in by hand unless that is the story."""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from accounts.models import User
from tests.plugins.chromium import find_chromium
from tests.servers import running_server

# Playwright runs an event loop in this thread, which Django takes for an async context.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A host that is not this machine to the browser, so that plain HTTP has no clipboard there.
    "--host-resolver-rules=MAP keys.test 127.0.0.1",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
TOUCH = {"viewport": PHONE, "is_mobile": True, "has_touch": True}

# Those that end: the dot of a key that waits pulses for ever.
ANIMATIONS_HAVE_ENDED = """
Promise.all(
  document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
    .map((animation) => animation.finished.catch(() => {})),
)
"""

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == item.config.rootpath / "tests" / "browser":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def chromium():
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    with (
        django_db_blocker.unblock(),
        running_server(tmp_path_factory.mktemp("site") / "log", ALLOWED_HOSTS="keys.test") as running,
    ):
        yield running


@pytest.fixture
def open_as(chromium: Browser, site, session_of) -> Iterator[Callable[..., Page]]:
    """A page of somebody: `open_as(ada, "/accounts/acme/")`. Options are those of a browser context.

    A page that breaks the content security policy, or whose script fails, fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    def note_violation(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            complaints.append(said.text)

    def open_page(person: User | None, path: str, *, host: str = "127.0.0.1", **options) -> Page:
        base = site.url.replace("127.0.0.1", host)
        context = chromium.new_context(base_url=base, **{"viewport": DESK, **options})
        contexts.append(context)
        if person:
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": session_of(person)[name], "url": base}])
        page = context.new_page()
        page.on("pageerror", note_error)
        page.on("console", note_violation)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def check_accessibility() -> Callable[[Page], None]:
    """Fails with what axe finds wrong with the page as it is now."""
    axe = Axe()

    def check(page: Page) -> None:
        page.evaluate(ANIMATIONS_HAVE_ENDED)
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()

    return check
