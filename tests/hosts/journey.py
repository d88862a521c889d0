"""A person's journey through the pages inside a foreign project, by what they read there."""

import re

from playwright.sync_api import Page, expect

from tests.pages import PASSWORD

WHOLE_KEY = re.compile(r"[a-z0-9]{2,12}_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")


def sign_in(page: Page, login: str) -> None:
    """On the project's own page, which the one that was asked for leads to."""
    page.goto("/")
    password = page.locator("input[type=password]")
    page.locator("input[type=text], input[type=email]").fill(login)
    password.fill(PASSWORD)
    password.press("Enter")
    expect(password).to_have_count(0)


def open_keys(page: Page) -> None:
    """By the links that people follow, from the project's own first page."""
    page.goto("/")
    page.get_by_role("link", name="Integrations", exact=True).click()
    page.get_by_role("link", name="APIs & Webhooks").click()
    expect(page.get_by_role("heading", name="API Keys", exact=True)).to_be_visible()
    page.wait_for_load_state("domcontentloaded")  # a click that is sooner than our scripts opens a page, not a dialog


def open_form(page: Page) -> None:
    """The form for a new key. Where the project wants a fresh proof first, it is given."""
    page.get_by_role("link", name="Create API key").click()
    field, password = page.get_by_label("API Key Name"), page.locator("input[type=password]")
    expect(field.or_(password)).to_be_visible()
    if password.count():
        password.fill(PASSWORD)
        password.press("Enter")
    expect(field).to_be_visible()


def create(page: Page, name: str) -> str:
    """A key, from the list of keys and back to it."""
    open_form(page)
    page.get_by_label("API Key Name").fill(name)
    page.get_by_role("button", name="Generate key").click()
    shown = page.get_by_role("group", name="API key")
    expect(shown).to_have_text(WHOLE_KEY)
    key = (shown.text_content() or "").strip()
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return key


def delete(page: Page, name: str) -> None:
    page.get_by_role("link", name=f"Delete {name}").click()
    expect(page.get_by_text("immediately lose access")).to_be_visible()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_text(f"“{name}” was deleted.")).to_be_visible()
