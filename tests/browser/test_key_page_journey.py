"""A key's own page: seeing who uses it, and acting on it there."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from oncekeys.models import ApiKey, KeyAddress, KeyUsage
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.browser.conftest import DESK, PHONE, choose


@pytest.fixture
def path(crm):
    return reverse("oncekeys:api_key", args=["acme", crm.api_key.key_id])


@pytest.fixture
def busy(crm):
    """Calls on three days, refusals, and the longest address there is."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.bulk_create(
        [
            KeyUsage(api_key=crm.api_key, hour=hour - timedelta(days=day), outcome=outcome, calls=calls)
            for day, outcome, calls in [
                (0, "accepted", 1234),
                (1, "accepted", 1),
                (9, "accepted", 90),
                (0, "paused_key", 3),
            ]
        ]
    )
    KeyAddress.objects.create(api_key=crm.api_key, address="2001:db8:1111:2222:3333:4444:5555:6666", last_seen_at=now)
    ApiKey.objects.update(addresses="\n".join(f"2001:db8:1111:2222:3333:4444:5555:{n:x}/128" for n in range(1, 51)))
    return crm.api_key


def test_it_is_accessible_and_fits_however_much_there_is_to_tell(open_as, check_accessibility, ada, busy, path):
    page = open_as(ada, path, bypass_csp=True)
    page.get_by_text("View as table").click()

    check_accessibility(page)
    page.get_by_role("button", name="Actions for Production CRM").click()
    check_accessibility(page)


@pytest.mark.full  # less than a busy key's page has
def test_a_paused_key_is_accessible(open_as, check_accessibility, ada, crm, path):
    api_keys.pause(api_key=crm.api_key, by=By(ada))
    page = open_as(ada, path, bypass_csp=True)

    check_accessibility(page)


@pytest.mark.full  # less than a busy key's page has
def test_it_is_accessible_when_there_is_nothing_to_tell(open_as, check_accessibility, ada, crm, path):
    page = open_as(ada, path, bypass_csp=True)

    check_accessibility(page)


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.full)], ids=["scripts", "no scripts"])
def test_the_numbers_of_the_chart_can_be_read_by_keyboard(open_as, ada, busy, path, scripts):
    page = open_as(ada, path, java_script_enabled=scripts)

    page.get_by_text("View as table").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("row", name="Today 1,234 3")).to_be_visible()
    expect(page.get_by_role("img", name="at most 1,237, and 1,237 today so far")).to_be_visible()


def test_the_chart_reads_each_day_by_arrow_keys_and_pointer(open_as, ada, busy, path):
    page = open_as(ada, path)
    chart, readout = page.get_by_role("img", name="Requests per day"), page.get_by_role("status").first
    expect(readout).to_have_text(re.compile(r"Today\s+Accepted\s+1,234\s+Refused\s+3"))

    chart.focus()
    page.keyboard.press("ArrowLeft")
    yesterday = timezone.localtime() - timedelta(days=1)
    expect(readout).to_have_text(re.compile(rf"{yesterday:%a} {yesterday.day} \w+\s+Accepted\s+1\s+Refused\s+0"))
    page.keyboard.press("Home")
    expect(readout).to_have_text(re.compile(r"Accepted\s+0\s"))
    page.keyboard.press("End")
    expect(readout).to_have_text(re.compile(r"Today\s"))

    place = chart.bounding_box()
    page.mouse.move(place["x"] + place["width"] * (20.5 / 30), place["y"] + 20)
    expect(readout).to_have_text(re.compile(r"Accepted\s+90\s"))
    page.mouse.move(0, 0)
    expect(readout).to_have_text(re.compile(r"Today\s"))


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_longer_and_a_shorter_period_can_be_chosen(open_as, ada, busy, path, scripts):
    page = open_as(ada, path, java_script_enabled=scripts)
    expect(page.get_by_text("1,325 in the last 30 days")).to_be_visible()

    page.get_by_role("link", name="7 days").click()

    expect(page.get_by_text("1,235 in the last 7 days")).to_be_visible()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("viewport", [DESK, pytest.param(PHONE, marks=pytest.mark.full)], ids=["desk", "phone"])
def test_pausing_and_resuming_shows_at_once_and_keeps_the_focus(open_as, ada, crm, path, site, viewport):
    page = open_as(ada, path, viewport=viewport)
    status = page.get_by_role("main").get_by_text(re.compile("^(Not used yet|Paused)$"))
    expect(status).to_have_text("Not used yet")

    choose(page, "Pause…", "Production CRM")
    page.get_by_role("dialog").get_by_role("button", name="Pause key").click()

    expect(status).to_have_text("Paused")
    expect(
        page.get_by_text("Paused by Ada Lovelace just now. Requests are refused until you resume it.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Actions for Production CRM")).to_be_focused()
    expect(page.get_by_role("listitem").filter(has_text="API key paused")).to_be_visible()
    assert site.test(crm.token.reveal()).json()["code"] == "paused_key"

    page.get_by_role("button", name="Resume", exact=True).click()

    expect(status).to_have_text("Not used yet")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_have_count(0)
    expect(page.get_by_role("heading", name="Requests")).to_be_focused()


@pytest.mark.full  # tests/pages says the same
def test_deleting_leaves_the_page_of_a_deleted_key(open_as, check_accessibility, ada, crm, path):
    page = open_as(ada, path, bypass_csp=True)

    choose(page, "Delete…", "Production CRM")
    page.get_by_role("button", name="Delete key").click()

    expect(page.get_by_text("Deleted", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Deleted on \d+ \w+ \d{4}\."))).to_be_visible()
    expect(page.get_by_role("main").get_by_text("“Production CRM” was deleted.")).to_be_visible()
    expect(page.get_by_role("button", name="Actions for Production CRM")).to_have_count(0)
    expect(page.get_by_role("heading", name="Requests")).to_be_focused()
    check_accessibility(page)


@pytest.mark.full  # tests/pages says the same
def test_rotating_leads_to_the_successor(open_as, ada, crm, path):
    page = open_as(ada, path)

    page.get_by_role("link", name="Rotate", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Rotate|Generate")).click()
    expect(page.get_by_role("group", name="API key")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close without copying").click()

    expect(page.get_by_text("Being replaced", exact=True)).to_be_visible()
    successor = crm.api_key.account.api_keys.get(replaces=crm.api_key)
    page.get_by_role("link", name=successor.public_id).first.click()
    expect(page).to_have_url(re.compile(successor.key_id))
    expect(page.get_by_role("definition").filter(has_text=crm.api_key.public_id)).to_be_visible()


@pytest.mark.full  # tests/pages says the same
def test_without_scripts_the_dialogs_are_pages_that_lead_back(open_as, ada, crm, path):
    page = open_as(ada, path, java_script_enabled=False, viewport=PHONE)

    choose(page, "Pause…", "Production CRM")
    page.get_by_role("button", name="Pause key").click()

    expect(page).to_have_url(re.compile(f"{path}$"))
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()


def test_a_deleted_key_opened_elsewhere_takes_its_actions_back(open_as, ada, crm, path):
    page = open_as(ada, path)
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    page.get_by_role("link", name="Edit", exact=True).click()

    expect(page.get_by_text("Deleted", exact=True).first).to_be_visible()
