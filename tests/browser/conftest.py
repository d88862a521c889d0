"""A real Chromium against a real server. Sign-in by hand only happens where that is the story."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

from accounts.models import User
from dev.looks import DESK, EVERY_LOOK, PHONE, WHERE_THEY_DIFFER, Look, faults
from dev.servers import running_server

TOUCH = {"viewport": PHONE, "is_mobile": True, "has_touch": True}

expect.set_options(timeout=10_000)


def choose(page: Page, action: str, key: str) -> None:
    """Choose an entry in the menu of a key: `choose(page, "Rotate…", "Production CRM")`."""
    page.get_by_role("button", name=f"Actions for {key}", exact=True).click()
    page.get_by_role("group", name=f"Actions for {key}", exact=True).get_by_role("link", name=action).click()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == item.config.rootpath / "tests" / "browser":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    with (
        django_db_blocker.unblock(),
        running_server(tmp_path_factory.mktemp("site") / "log", ALLOWED_HOSTS="keys.test") as running,
    ):
        yield running


@pytest.fixture(scope="session")
def lent_context(chromium: Browser) -> Callable[..., AbstractContextManager[BrowserContext]]:
    """A context with these options. The next test that asks for the same gets it with nothing but its cache left.

    A page loads fifty files, which take longer than most of what tests do there.
    """
    free: defaultdict[str, list[BrowserContext]] = defaultdict(list)

    @contextmanager
    def lent(**options: Any) -> Iterator[BrowserContext]:
        alike = free[repr(sorted(options.items()))]
        context = alike.pop() if alike else chromium.new_context(**options)
        yield context
        _forget(context)
        alike.append(context)

    return lent


def _forget(context: BrowserContext) -> None:
    for page in context.pages:
        everything = {"origin": "/".join(page.url.split("/")[:3]), "storageTypes": "local_storage,indexeddb"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", everything)
        page.close()
    context.clear_cookies()
    context.set_offline(False)


@pytest.fixture
def open_as(lent_context, site, session_of, everything) -> Iterator[Callable[..., Page]]:
    """Open a page as a person: `open_as(ada, "/accounts/acme/")`. Options are those of a browser context.

    A page that breaks the content security policy, or whose script fails, fails the test. By default nothing moves, as
    for people who ask for that: what moves without end takes a fifth of the browser's work.
    """
    motion = {} if everything else {"reduced_motion": "reduce"}
    contexts = ExitStack()
    complaints: list[str] = []

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    def note_violation(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            complaints.append(said.text)

    def open_page(person: User | None, path: str, *, host: str = "127.0.0.1", **options) -> Page:
        base = site.url.replace("127.0.0.1", host)
        context = contexts.enter_context(lent_context(base_url=base, **{"viewport": DESK, **motion, **options}))
        if person:
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": session_of(person)[name], "url": base}])
        page = context.new_page()
        page.on("pageerror", note_error)
        page.on("console", note_violation)
        page.goto(path)
        return page

    with contexts:
        yield open_page
    assert complaints == []


@pytest.fixture
def check_accessibility(everything) -> Callable[..., None]:
    """Fails with what is wrong with the page as it is now, wide and narrow, light and dark.

    By default in these `looks`, which are where pages differ, unless other tests have seen the same in the rest.

    Open it with `bypass_csp=True`: axe styles the page inline while it looks, which the policy would not let it.
    """

    def check(page: Page, *, looks: Sequence[Look] = WHERE_THEY_DIFFER) -> None:
        before = page.viewport_size or DESK
        wrong = [said for look in (EVERY_LOOK if everything else looks) if (said := faults(page, look))]
        page.set_viewport_size(before)
        page.emulate_media(color_scheme="null", reduced_motion="null")
        assert wrong == [], "\n\n".join(wrong)

    return check
