"""Looking into the audit log: narrowed, paged and taken away as a file; on a phone and without scripts too."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from oncekeys.models import AuditEvent, KeyUsage
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.browser.conftest import DESK, PHONE
from tests.soon import soon

ACTIVITY = "/accounts/acme/settings/activity/"
WAYS = [
    pytest.param({"viewport": DESK}, id="wide"),
    pytest.param({"viewport": PHONE}, id="narrow", marks=pytest.mark.full),
    pytest.param({"java_script_enabled": False}, id="without-scripts", marks=pytest.mark.full),
]


@pytest.fixture
def story(acme, ada, grace, crm):
    """Ada made a key, Grace another, which she paused."""
    billing = api_keys.create(account=acme, by=By(grace), name="Billing").api_key
    api_keys.pause(api_key=billing, by=By(grace))
    return billing


def send(page: Page, way: dict[str, object]) -> None:
    """Only without scripts is there a button to press."""
    if "java_script_enabled" in way:
        page.get_by_role("button", name="Filter").click()
    else:
        expect(page.get_by_role("button", name="Filter")).to_have_count(0)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_the_log_is_narrowed_and_widened_again(open_as, ada, story, way):
    page = open_as(ada, ACTIVITY, **way)
    events = page.locator(".event")
    expect(events).to_have_count(4)

    page.get_by_label("Who").select_option("Grace Hopper")
    send(page, way)
    expect(events).to_have_count(2)
    page.get_by_label("Event", exact=True).select_option("API key paused")
    send(page, way)
    expect(events).to_have_count(1)
    expect(events).to_contain_text("Billing")

    page.get_by_role("link", name="Clear filters").click()
    expect(events).to_have_count(4)
    expect(page.get_by_label("Who")).to_have_value("")


def test_a_choice_takes_effect_at_once_and_stands_in_the_address(open_as, ada, story):
    page = open_as(ada, ACTIVITY)

    choice = page.get_by_label("Event", exact=True)
    choice.focus()
    choice.select_option("API key paused")

    expect(page.locator(".event")).to_have_count(1)
    expect(choice).to_be_focused()
    page.reload()
    expect(page.locator(".event")).to_have_count(1)
    page.go_back()
    expect(page.locator(".event")).to_have_count(4)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_an_event_leads_to_the_others_of_its_key(open_as, ada, story, way):
    page = open_as(ada, ACTIVITY, **way)

    page.get_by_role("link", name=story.public_id).first.click()

    expect(page.locator(".event")).to_have_count(2)
    expect(page.get_by_label("Key")).to_have_value(story.key_id)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_the_log_is_paged_to_its_end_and_back(open_as, acme, ada, way):
    AuditEvent.objects.bulk_create(AuditEvent(account=acme, kind="api_key.created") for _ in range(60))
    page = open_as(ada, ACTIVITY, **way)
    events = page.locator(".event")

    expect(events).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(events).to_have_count(11)
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newest").click()
    expect(events).to_have_count(50)


@pytest.mark.full  # as a choice does
def test_a_day_takes_effect_at_once(open_as, ada, story):
    page = open_as(ada, ACTIVITY)

    page.get_by_label("Until").fill("2020-01-01")

    expect(page.get_by_text("No matching events.")).to_be_visible()
    expect(page).to_have_url(re.compile("until=2020-01-01"))


@pytest.mark.full  # tests/pages says the same
def test_what_is_shown_is_taken_away_as_a_file(open_as, ada, story):
    page = open_as(ada, ACTIVITY)
    page.get_by_label("Event", exact=True).select_option("API key paused")
    expect(page.locator(".event")).to_have_count(1)

    for _ in range(2):  # the button still works after a download
        with page.expect_download() as download:
            page.get_by_role("button", name="Export CSV").click()

    assert download.value.suggested_filename.startswith("acme-activity-")
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        assert [row["key_name"] for row in csv.DictReader(file)] == ["Billing"]


@pytest.mark.full
def test_a_date_that_is_none_is_marked_and_the_page_has_no_violation(open_as, check_accessibility, ada, story):
    page = open_as(ada, f"{ACTIVITY}?since=soon", bypass_csp=True)

    expect(page.get_by_label("From")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Enter a valid date, such as 2026-05-31.")).to_be_visible()
    expect(page.locator(".event")).to_have_count(0)
    check_accessibility(page)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_calls_with_a_deleted_key_can_be_looked_into(open_as, ada, crm, site, way):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    assert site.test(crm.token.reveal()).status_code == 401
    soon(KeyUsage.objects.filter(outcome="deleted_key").exists)  # its server writes what it has counted within seconds

    page = open_as(ada, ACTIVITY, **way)

    told = page.get_by_role("region", name="Deleted keys still in use")
    expect(told).to_contain_text("was still used 1 time in the last hour, from 127.0.0.1.")
    told.get_by_role("link", name=crm.api_key.public_id).click()
    expect(page.get_by_text("deleted, or wrong secret")).to_be_visible()
    expect(page.get_by_text("127.0.0.1")).to_be_visible()


def test_a_page_that_tells_of_calls_after_a_deletion_has_no_violation(open_as, check_accessibility, acme, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    KeyUsage.objects.create(api_key=crm.api_key, hour=acme.clock(), outcome="deleted_key", calls=30)

    page = open_as(ada, ACTIVITY)

    expect(page.get_by_role("region", name="Deleted keys still in use")).to_be_visible()
    check_accessibility(page)
