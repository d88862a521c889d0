"""An admin rotates a key without an outage, and pauses one that no one is sure of."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.browser.conftest import TOUCH, choose
from tests.pages import KEYS, dialog_of

CLIPBOARD = ["clipboard-read", "clipboard-write"]


def rotate(page: Page, *, grace: str | None = None) -> str:
    """Up to the successor on the screen, which is returned."""
    choose(page, "Rotate…", "Production CRM")
    if grace:
        page.get_by_role("radio", name=grace).check()
    page.get_by_role("button", name=re.compile("^Rotate (key|and stop the old key)$")).click()
    shown = page.get_by_role("group", name="API key")
    expect(shown).to_be_visible()
    return shown.text_content() or ""


@pytest.mark.parametrize("look", [{}, pytest.param(TOUCH, marks=pytest.mark.full)], ids=["desk", "phone"])
def test_the_whole_way_to_a_new_key_while_the_old_one_works(open_as, ada, crm, site, look):
    page = open_as(ada, KEYS, permissions=CLIPBOARD, **look)

    key = rotate(page)
    dialog = page.get_by_role("dialog", name="API Key Rotated Successfully")
    expect(dialog).to_contain_text("displayed only once")
    expect(dialog).to_contain_text(re.compile(r"works until \d+ \w+ \d{4}, \d\d:\d\d"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Copy & close").click()

    expect(dialog).to_have_count(0)
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert key[-49:-6] not in page.content()
    assert site.test(key).status_code == site.test(crm.token.reveal()).status_code == 200
    expect(page.get_by_text("1 of 25 keys")).to_be_visible()


def test_the_focus_begins_on_the_choice_that_is_made_and_comes_back_after(open_as, ada, crm):
    page = open_as(ada, KEYS)
    opener = page.get_by_role("button", name="Actions for Production CRM")

    opener.focus()
    for key in ("Enter", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="After 24 hours")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


@pytest.mark.full  # as with a new key
def test_the_successor_is_not_lost_by_accident(open_as, ada, crm):
    page = open_as(ada, KEYS)
    key = rotate(page)

    page.keyboard.press("Escape")
    expect(page.get_by_text("Close without copying?")).to_be_visible()
    page.get_by_role("button", name="Go back").click()

    expect(page.get_by_role("group", name="API key")).to_have_text(key)


@pytest.mark.full  # tests/pages says the same
def test_without_grace_the_old_key_is_refused_at_once(open_as, ada, crm, site):
    page = open_as(ada, KEYS)

    key = rotate(page, grace="Now")

    expect(page.get_by_role("dialog")).to_contain_text("no longer works")
    assert site.test(crm.token.reveal()).json()["code"] == "invalid_key"
    assert site.test(key).status_code == 200


@pytest.mark.full  # tests/pages says the same
def test_a_key_rotated_meanwhile_is_told_of_and_the_dialog_can_be_closed(open_as, ada, crm):
    page = open_as(ada, KEYS)
    choose(page, "Rotate…", "Production CRM")
    page.get_by_role("button", name="Rotate key").wait_for()
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    page.get_by_role("button", name="Rotate key").click()

    expect(page.get_by_role("alert").filter(has_text="no longer exists")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.full  # as with a new key
def test_the_whole_way_with_javascript_off(open_as, ada, crm, site):
    page = open_as(ada, KEYS, java_script_enabled=False)
    choose(page, "Rotate…", "Production CRM")
    page.get_by_text("After 1 hour").click()
    page.get_by_role("button", name="Rotate key").click()

    key = page.get_by_role("group", name="API key").text_content()
    assert site.test(key).status_code == site.test(crm.token.reveal()).status_code == 200
    expect(page.get_by_text("works until")).to_be_visible()
    page.get_by_role("link", name="Close").click()

    page.wait_for_url(re.compile(f"{KEYS}(#.*)?$"))
    page.goto(dialog_of(ApiKey.objects.get(replaces=crm.api_key), "rotate"))
    expect(page.get_by_text("so it stops working immediately")).to_be_hidden()
    expect(page.get_by_text("still works until")).to_be_visible()
    page.get_by_role("link", name="Delete the old key").click()
    page.get_by_role("button", name="Delete old key").click()
    assert site.test(crm.token.reveal()).status_code == 401


@pytest.mark.parametrize(
    "look",
    [{}, *(pytest.param(look, marks=pytest.mark.full) for look in (TOUCH, {"java_script_enabled": False}))],
    ids=["desk", "phone", "without-javascript"],
)
def test_a_key_is_paused_instead_of_deleted_and_resumed(open_as, ada, crm, site, look):
    page = open_as(ada, KEYS, **look)

    page.get_by_role("link", name="Delete Production CRM").click()
    page.get_by_role("button", name="Pause instead").click()
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Production CRM” is paused.")
    assert site.test(crm.token.reveal()).json()["code"] == "paused_key"
    page.goto(dialog_of(crm.api_key, "resume"))
    page.get_by_role("button", name="Resume key").click()

    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Production CRM” is active again.")
    assert site.test(crm.token.reveal()).status_code == 200


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize(
    "look",
    [{}, {"java_script_enabled": False}],
    ids=["desk", "without-javascript"],
)
def test_choosing_now_shows_who_is_cut_off(open_as, ada, crm, site, look):
    ApiKey.objects.update(last_used_at=timezone.now(), last_used_address="203.0.113.24")
    page = open_as(ada, KEYS, **look)
    choose(page, "Rotate…", "Production CRM")
    expect(page.get_by_text("This key is in use.")).to_be_hidden()
    expect(page.get_by_role("button", name="Rotate key")).to_be_visible()

    page.get_by_text("Now", exact=True).click()

    expect(page.get_by_text("Any application using this key will immediately lose access")).to_be_visible()
    expect(page.get_by_text("This key is in use.")).to_be_visible()
    expect(page.get_by_text("The last one: just now, from 203.0.113.24.")).to_be_visible()
    expect(page.get_by_text("before the old one stops")).to_be_hidden()
    expect(page.get_by_role("button", name="Rotate key")).to_have_count(0)
    page.get_by_role("button", name="Rotate and stop the old key").click()

    expect(page.get_by_role("group", name="API key")).to_be_visible()
    assert site.test(crm.token.reveal()).status_code == 401
