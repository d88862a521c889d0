"""No page and no dialog has a violation that axe can find: wide and narrow, light and dark.

Scenes about people, sign-in and members are in `test_scenes.py`.
"""

import pytest
from playwright.sync_api import expect

from dev.keyring import fill

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
# Those that are in no scene; the dialogs as pages are in `test_dialog_accessibility.py`.
PAGES = [
    "/accounts/acme/",
    "/accounts/acme/settings/",
    "/accounts/acme/settings/integrations/",
    "/accounts/nowhere/",
]


def test_every_page_about_the_account(open_as, check_accessibility, ada, acme, crm):
    page = open_as(ada, PAGES[0], bypass_csp=True)
    for path in PAGES:
        page.goto(path)
        check_accessibility(page)


def test_every_step_of_creating_a_key(open_as, check_accessibility, ada, crm):
    page = open_as(ada, LIST, bypass_csp=True)

    page.get_by_role("link", name="Create API key").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_label("API Key Name")).to_have_attribute("aria-invalid", "true")
    check_accessibility(page)
    page.get_by_label("API Key Name").fill("Axe")
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_role("group", name="API key")).to_be_visible()
    check_accessibility(page)
    page.keyboard.press("Escape")
    check_accessibility(page)


# A list of 25 keys in use has a test of its own, in `test_key_list_journey.py`.
@pytest.mark.parametrize("count", [0, *(pytest.param(count, marks=pytest.mark.full) for count in (3, 25))])
def test_the_list_however_long(open_as, check_accessibility, acme, ada, count):
    fill(acme, count)

    page = open_as(ada, LIST, bypass_csp=True)

    check_accessibility(page)


def test_the_gear_menu(open_as, check_accessibility, ada):
    page = open_as(ada, "/accounts/acme/", bypass_csp=True)

    page.get_by_role("button", name="Settings").click()

    check_accessibility(page)
