"""The page updates by itself: totals follow a first call, buttons copy, and one notice shows while offline."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from dev.keyring import fill
from tests.pages import KEYS, NEW

OFFLINE = re.compile("The server can’t be reached")


@pytest.fixture
def desk(open_as, ada, crm):
    """The list, on which a key waits for its first call."""
    page = open_as(ada, KEYS)
    expect(page.get_by_text("Not used yet")).to_be_visible()
    return page


def test_the_first_request_counts_in_the_totals_too(desk, site, crm):
    today = desk.get_by_role("region", name="Overview")
    expect(today).to_have_text(re.compile(r"Requests today\s+0"))

    assert site.test(crm.token.reveal()).status_code == 200

    expect(desk.get_by_text(re.compile("Working since"))).to_be_visible()
    expect(today).to_have_text(re.compile(r"Requests today\s+1"))


@pytest.mark.full  # as after a refresh
def test_the_command_on_a_keys_page_can_be_copied(open_as, ada, crm):
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/", permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Copy the curl command").click()

    expect(page.locator("#oncekeys-announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -H")


def test_the_page_of_a_key_notes_its_first_request_by_itself(open_as, ada, crm, site):
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/")
    expect(page.get_by_text("Waiting for the first request…")).to_be_visible()

    site.test(crm.token.reveal())

    expect(page.get_by_text(re.compile(r"^Working since \d\d:\d\d$")).first).to_be_visible(timeout=15_000)
    expect(page.locator("#oncekeys-announcer")).to_have_text(re.compile("Working since"))


@pytest.mark.parametrize("path", ["", pytest.param("keys/{key}/", marks=pytest.mark.full)], ids=["list", "key"])
def test_a_page_left_open_does_not_keep_its_person_signed_in(open_as, ada, crm, path):
    page = open_as(ada, KEYS + path.format(key=crm.api_key.key_id))
    soon = timezone.now() + timedelta(hours=1)
    Session.objects.update(expire_date=soon)
    UserSession.objects.update(last_seen_at=soon - timedelta(hours=23))

    with page.expect_response(lambda answer: "hx-request" in answer.request.headers, timeout=15_000):
        pass

    assert Session.objects.get().expire_date == soon


@pytest.mark.full  # tests/pages says the same
def test_the_command_can_be_copied_after_a_refresh(open_as, ada, crm):
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("API Key Name").fill("Sync")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sync")
    expect(page.get_by_role("button", name="Copy the curl command")).to_be_visible()


@pytest.mark.full  # tests/pages says the same
def test_nothing_offers_to_copy_without_scripts(open_as, ada, crm):
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Copy the curl command")).to_have_count(0)


def test_offline_there_is_one_notice_for_all_that_fails(desk):
    desk.context.set_offline(True)
    with desk.expect_event("requestfailed"):
        pass  # the list looks for the first call by itself

    desk.get_by_role("link", name="Create API key").click()

    expect(desk.get_by_role("alert")).to_have_text([OFFLINE])


@pytest.mark.full  # it waits for three refreshes
def test_offline_the_list_is_silent_while_a_dialog_is_open(desk):
    desk.get_by_role("link", name="Create API key").click()
    name = desk.get_by_label("API Key Name")
    name.fill("Webshop")
    desk.context.set_offline(True)

    for _ in range(2):
        with desk.expect_event("requestfailed"):
            pass
    expect(desk.get_by_role("alert")).to_have_count(0)

    desk.get_by_role("button", name="Generate key").click()
    expect(desk.get_by_role("dialog").get_by_role("alert")).to_have_text([OFFLINE])
    with desk.expect_event("requestfailed"):
        pass
    expect(desk.get_by_role("alert")).to_have_text([OFFLINE])
    expect(name).to_have_value("Webshop")


@pytest.mark.full  # tests/pages says the same
def test_two_errors_are_marked_at_once(open_as, ada, crm):
    page = open_as(ada, NEW)
    page.get_by_label("API Key Name").fill("Production CRM")
    page.get_by_label("Expires").select_option("On a date…")
    page.get_by_label("Date", exact=True).fill("2020-01-01")

    page.get_by_role("button", name="Generate key").click()

    expect(page.locator("[aria-invalid=true]")).to_have_count(2)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("scripts", [True, False], ids=["live", "without-javascript"])
def test_a_full_account_says_so_where_the_form_was(open_as, ada, acme, scripts):
    fill(acme, 25)
    page = open_as(ada, NEW, java_script_enabled=scripts)

    expect(page.get_by_text("This account already has 25 keys")).to_be_visible()
    page.get_by_role("link", name="Close").click()
    expect(page).to_have_url(re.compile(f"{KEYS}$"))
