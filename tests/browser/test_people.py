"""Signing in by hand, and what those see who may not."""

import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
PASSWORD = "correct horse battery staple"


def test_signing_in_leads_to_the_page_that_was_asked_for_and_out_again(open_as, ada):
    ada.set_password(PASSWORD)
    ada.save()
    page = open_as(None, LIST)

    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Email")).to_have_value("ada@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(f"**{LIST}")
    page.get_by_role("button", name="Ada Lovelace").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/")


@pytest.mark.full  # tests/pages says the same
def test_a_member_reads_which_owner_to_ask(open_as, acme, ada, bob):
    page = open_as(bob, LIST)

    expect(page.get_by_text("Only owners and admins of Acme can open its settings. Ask Ada Lovelace.")).to_be_visible()
    expect(page.get_by_role("button", name="Settings")).to_have_count(0)


def test_menus_open_close_and_say_which(open_as, ada):
    page = open_as(ada, "/accounts/acme/")
    gear = page.get_by_role("button", name="Settings")
    expect(gear).to_have_attribute("aria-expanded", "false")

    gear.click()
    expect(gear).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(gear).to_have_attribute("aria-expanded", "false")

    gear.click()
    page.mouse.click(300, 600)
    expect(gear).to_have_attribute("aria-expanded", "false")


def test_moments_are_in_the_time_zone_of_the_browser(open_as, ada, crm):
    page = open_as(ada, LIST, timezone_id="Asia/Kolkata")
    page.reload()

    local = crm.api_key.created_at.astimezone(ZoneInfo("Asia/Kolkata"))
    expect(page.locator("time").first).to_have_attribute("title", re.compile(f"{local:%H:%M} IST"))
