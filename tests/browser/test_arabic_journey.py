"""The first key, from the sign-in on, in a language that runs from right to left and on a phone.

The sentences are looked up in the translation, so that translators are free to better them.
"""

import html
from collections.abc import Callable

import pytest
from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from dev.looks import EVERY_RULE, PHONE, Look
from tests.pages import WHOLE_KEY

PASSWORD = "correct horse battery staple"
BROWSER = {"viewport": PHONE, "locale": "ar", "permissions": ["clipboard-read", "clipboard-write"]}


def arabic(sentence: str) -> str:
    with translation.override("ar"):
        return html.unescape(translation.gettext(sentence))


@pytest.fixture
def check(check_accessibility) -> Callable[[Page], None]:
    """Check the window: right to left, no wider than the window, and clean to axe."""

    def check_page(page: Page) -> None:
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        check_accessibility(page, looks=[Look(PHONE, "light", EVERY_RULE)])  # its colours are those of English

    return check_page


def press(place: Page | Locator, role, name: str) -> None:
    place.get_by_role(role, name=arabic(name), exact=True).click()


def test_a_key_is_created_in_arabic_on_a_phone(open_as, ada, check):
    ada.set_password(PASSWORD)
    ada.save()

    page = open_as(None, "/login/", **BROWSER)
    check(page)
    page.get_by_label(arabic("Email"), exact=True).fill(ada.email)
    page.get_by_label(arabic("Password"), exact=True).fill(PASSWORD)
    press(page, "button", "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme")
    check(page)

    press(page, "button", "Settings")
    press(page.get_by_role("navigation", name=arabic("Settings menu")), "link", "Account Integrations")
    press(page, "link", "APIs &amp; Webhooks")
    check(page)

    press(page, "link", "Create API key")
    page.get_by_label(arabic("API Key Name"), exact=True).fill("Production CRM")
    check(page)
    press(page, "button", "Generate key")
    secret = page.get_by_role("group", name=arabic("API key"), exact=True)
    expect(secret).to_have_text(WHOLE_KEY)
    expect(secret).to_have_css("direction", "ltr")
    check(page)

    press(page, "button", "Copy &amp; close")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert WHOLE_KEY.fullmatch(page.evaluate("navigator.clipboard.readText()"))
    expect(page.get_by_role("listitem").filter(has_text="Production CRM")).to_contain_text(arabic("Not used yet"))
    check(page)
