"""A key was found in a repository: whose is it, and away with it."""

import re

import pytest
from playwright.sync_api import Page, expect

from oncekeys.keys.token import Token
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.browser.conftest import DESK, PHONE

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
FIND = f"{LIST}keys/find/"


def open_dialog(page: Page) -> None:
    page.get_by_role("link", name="Check a leaked key").click()
    expect(page.get_by_role("dialog", name="Check a leaked key")).to_be_visible()


def paste(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Leaked key").fill(text)
    page.get_by_role("button", name="Check key").click()


@pytest.mark.full  # as from the list
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_key_that_was_found_is_deleted_there_and_then(open_as, ada, crm, site, viewport):
    key = crm.token.reveal()
    page = open_as(ada, LIST, viewport=viewport)
    open_dialog(page)

    expect(page.get_by_role("textbox", name="Leaked key")).to_be_focused()
    paste(page, f"export API_KEY={key}")

    found = page.get_by_role("dialog", name="Key found")
    expect(found).to_contain_text("Production CRM")
    assert key[-49:] not in page.content()
    found.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog", name="Delete Key").get_by_role("button", name="Delete key").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("main").get_by_text("“Production CRM” was deleted.")).to_be_visible()
    assert site.test(key).json()["code"] == "invalid_key"


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_same_without_scripts(open_as, ada, crm, site, viewport):
    key = crm.token.reveal()
    page = open_as(ada, FIND, java_script_enabled=False, viewport=viewport)

    paste(page, f"curl -H 'API-Key: {key}'")

    expect(page.get_by_role("heading", name="Key found")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{FIND}$"))
    page.get_by_role("main").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_role("main").get_by_text("“Production CRM” was deleted.")).to_be_visible()
    assert site.test(key).json()["code"] == "invalid_key"


@pytest.mark.full  # as it is deleted
def test_a_leaked_key_is_replaced_there_and_then(open_as, ada, crm, site):
    page = open_as(ada, LIST)
    open_dialog(page)
    paste(page, crm.token.reveal())

    page.get_by_role("dialog", name="Key found").get_by_role("link", name="Rotate now…").click()
    dialog = page.get_by_role("dialog", name="Rotate key")
    expect(dialog.get_by_role("radio", name="Now")).to_be_checked()
    dialog.get_by_role("button", name="Rotate and stop the old key").click()

    shown = page.get_by_role("group", name="API key")
    expect(shown).to_be_visible()
    assert site.test(crm.token.reveal()).status_code == 401
    assert site.test(shown.text_content()).status_code == 200


def test_a_mistake_is_said_beside_an_empty_field_that_has_the_focus(open_as, ada, crm):
    page = open_as(ada, LIST)
    open_dialog(page)

    paste(page, crm.token.reveal()[:-5])

    field = page.get_by_role("textbox", name="Leaked key")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(page.get_by_text("This isn’t a complete key.")).to_be_visible()


@pytest.mark.full  # tests/pages says the same
def test_from_what_is_no_key_of_the_account_the_next_can_be_tried(open_as, ada, crm):
    page = open_as(ada, LIST)
    open_dialog(page)

    paste(page, Token.mint("live").reveal())
    answer = page.get_by_role("dialog", name="This key doesn’t belong to Acme")
    answer.get_by_role("link", name="Check another key").click()
    paste(page, crm.token.reveal())

    page.get_by_role("dialog", name="Key found").get_by_role("link", name="View key").click()
    expect(page.get_by_role("heading", level=1, name="Production CRM")).to_be_visible()


def test_every_answer_is_accessible(open_as, check_accessibility, everything, acme, ada, crm):
    gone = api_keys.create(account=acme, by=By(ada), name="Old warehouse")
    api_keys.delete(api_key=gone.api_key, by=By(ada))
    page = open_as(ada, LIST, bypass_csp=True)
    open_dialog(page)
    check_accessibility(page)
    answers = {
        crm.token.reveal(): "Key found",
        gone.token.reveal(): "This key was deleted",
        Token.mint("live").reveal(): "This key doesn’t belong to Acme",
        "hello": "Check a leaked key",
    }
    for text, sentence in list(answers.items())[: None if everything else 1]:
        page.goto(LIST)
        open_dialog(page)
        paste(page, text)
        expect(page.get_by_role("dialog", name=sentence)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        check_accessibility(page)
        if everything:
            page.goto(FIND)
            paste(page, text)
            expect(page.get_by_role("heading", level=1, name=sentence)).to_be_visible()
            check_accessibility(page)
