"""No page and no dialog has a violation that axe can find: wide and narrow, light and dark.

Scenes about people, sign-in and members are in `test_scenes.py`.
"""

import pytest
from playwright.sync_api import expect

from dev.keyring import fill

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
PAGES = [
    "/accounts/acme/",
    "/accounts/acme/settings/",
    "/accounts/acme/settings/integrations/",
    LIST,
    f"{LIST}keys/new/",
    "/accounts/acme/settings/activity/",
    "/accounts/nowhere/",
]


def test_every_page_about_the_account(open_as, check_accessibility, ada, acme, crm):
    page = open_as(ada, PAGES[0], bypass_csp=True)
    for path in [*PAGES, f"{LIST}keys/{crm.api_key.key_id}/delete/"]:
        page.goto(path)
        check_accessibility(page)


def test_every_dialog(open_as, check_accessibility, ada, crm):
    page = open_as(ada, LIST, bypass_csp=True)

    page.get_by_role("link", name="Create API key").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_label("API Key Name")).to_have_attribute("aria-invalid", "true")
    check_accessibility(page)
    page.get_by_label("API Key Name").fill("Axe")
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_role("group", name="API key")).to_be_visible()
    check_accessibility(page)
    page.keyboard.press("Escape")
    check_accessibility(page)
    page.get_by_role("button", name="Close without copying").click()
    page.get_by_role("link", name="Delete Production CRM").click()
    expect(page.get_by_role("dialog", name="Delete Key")).to_be_visible()
    check_accessibility(page)


# A list of 25 keys in use has a test of its own, in `test_key_list_journey.py`.
@pytest.mark.parametrize("count", [0, 3, pytest.param(25, marks=pytest.mark.full)])
def test_the_list_however_long(open_as, check_accessibility, acme, ada, count):
    fill(acme, count)

    page = open_as(ada, LIST, bypass_csp=True)

    check_accessibility(page)


def test_the_gear_menu(open_as, check_accessibility, ada):
    page = open_as(ada, "/accounts/acme/", bypass_csp=True)

    page.get_by_role("button", name="Settings").click()

    check_accessibility(page)
