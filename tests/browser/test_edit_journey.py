"""Limits of a key: set under "More options" when it is made, changed later."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from oncekeys.models import ApiKey, KeyAddress
from tests.browser.conftest import TOUCH
from tests.pages import KEYS, NEW, dialog_of

WITHOUT_JAVASCRIPT = {"java_script_enabled": False}
LOOKS = [
    pytest.param({}, id="desk"),
    pytest.param(TOUCH, id="phone", marks=pytest.mark.full),
    pytest.param(WITHOUT_JAVASCRIPT, id="without-javascript", marks=pytest.mark.full),
]


def begin(page: Page, name: str) -> None:
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill(name)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("look", LOOKS)
def test_a_key_is_made_with_a_date_addresses_and_scopes(open_as, ada, look):
    page = open_as(ada, KEYS, **look)
    begin(page, "Vendor")
    expect(page.get_by_label("Date")).to_be_hidden()

    page.get_by_label("Expires").select_option("On a date…")
    page.get_by_label("Date").fill("2090-03-31")
    page.get_by_text("More options").click()
    page.get_by_label("Allowed IP addresses").fill("203.0.113.7\n2001:db8::/32")
    page.get_by_label("Full access").uncheck()
    page.get_by_label("Read only").check()
    page.get_by_role("button", name="Generate key").click()

    expect(page.get_by_role("group", name="API key")).to_be_visible()
    row = ApiKey.objects.get()
    assert row.expires_at.isoformat() == "2090-03-31T23:59:59+00:00"
    assert (row.addresses, row.scopes) == ("203.0.113.7/32\n2001:db8::/32", "read-only")


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("look", LOOKS)
def test_a_wrong_line_is_named_beside_its_field_in_sight_and_all_stays(open_as, ada, look):
    page = open_as(ada, NEW, **look)
    page.get_by_label("API Key Name").fill("Vendor")
    page.get_by_text("More options").click()
    page.get_by_label("Allowed IP addresses").fill("203.0.113.7\nmoon")

    page.get_by_role("button", name="Generate key").click()

    field = page.get_by_label("Allowed IP addresses")
    expect(field).to_be_visible()
    expect(field).to_have_accessible_description(re.compile("Line 2: “moon” isn’t an IP address or network."))
    expect(field).to_have_value("203.0.113.7\nmoon")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") or look is WITHOUT_JAVASCRIPT


def test_an_error_under_more_options_gets_the_focus(open_as, ada):
    page = open_as(ada, KEYS)
    begin(page, "Vendor")
    page.get_by_text("More options").click()
    page.get_by_label("Allowed IP addresses").fill("moon")

    page.get_by_role("button", name="Generate key").click()

    expect(page.get_by_label("Allowed IP addresses")).to_be_focused()


def test_full_access_and_single_scopes_exclude_one_another(open_as, ada):
    page = open_as(ada, KEYS)
    begin(page, "Vendor")
    page.get_by_text("More options").click()

    page.get_by_label("Read only").check()
    expect(page.get_by_label("Full access")).not_to_be_checked()
    page.get_by_label("Full access").check()
    expect(page.get_by_label("Read only")).not_to_be_checked()


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("look", LOOKS)
def test_name_and_limits_are_changed_later(open_as, ada, crm, site, look):
    page = open_as(ada, dialog_of(crm.api_key, "edit"), **look)
    expect(page.get_by_label("API Key Name")).to_have_value("Production CRM")

    page.get_by_label("API Key Name").fill("CRM of the vendor")
    page.get_by_label("Allowed IP addresses").fill("203.0.113.7")
    page.get_by_role("button", name="Save changes").click()

    page.wait_for_url(f"**{KEYS}")
    expect(page.get_by_text("“CRM of the vendor” saved.")).to_be_visible()
    assert site.test(crm.token.reveal()).json()["code"] == "address_not_allowed"


def test_what_is_changed_in_a_dialog_is_seen_behind_it_at_once(open_as, ada, crm):
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/")
    page.get_by_role("link", name="Edit").click()
    dialog = page.get_by_role("dialog", name="Edit key")
    expect(dialog).to_contain_text("can’t be changed")

    page.get_by_label("API Key Name").fill("CRM of the vendor")
    page.get_by_role("button", name="Save changes").click()

    expect(dialog).to_have_count(0)
    expect(page.get_by_role("heading", name="CRM of the vendor")).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_be_focused()


@pytest.mark.parametrize("look", LOOKS)
def test_shutting_out_a_caller_is_asked_about_and_it_is_added(open_as, ada, crm, look):
    called_from(crm.api_key, "192.0.2.4")
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/", **look)
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("API Key Name")).to_be_focused()  # only then is the dialog open
    page.get_by_label("Allowed IP addresses").fill("10.9.9.9")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_role("alert")).to_contain_text("192.0.2.4 used this key just now and would be refused.")
    expect(page.get_by_role("button", name="Save anyway")).to_be_visible()
    page.get_by_role("button", name="Add it and save").click()

    expect(page.get_by_text("“Production CRM” saved.").first).to_be_visible()
    assert ApiKey.objects.get().addresses == "10.9.9.9/32\n192.0.2.4/32"


def test_a_recent_ip_address_is_added_with_one_click(open_as, ada, crm):
    called_from(crm.api_key, "192.0.2.4")
    page = open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/")
    page.get_by_role("link", name="Edit").click()

    page.get_by_role("button", name="Add 192.0.2.4").click()
    page.get_by_role("button", name="Add 127.0.0.1").click()
    page.get_by_role("button", name="Add 127.0.0.1").click()

    expect(page.get_by_label("Allowed IP addresses")).to_have_value("192.0.2.4\n127.0.0.1")


@pytest.mark.full
def test_without_javascript_no_button_to_add_is_shown(open_as, ada, crm):
    page = open_as(ada, dialog_of(crm.api_key, "edit"), **WITHOUT_JAVASCRIPT)

    expect(page.get_by_text("Your IP address is 127.0.0.1")).to_be_visible()
    expect(page.get_by_role("button", name="Add 127.0.0.1")).to_be_hidden()


@pytest.mark.full  # tests/pages says the same
def test_a_change_made_in_another_window_is_shown_before_it_is_undone(open_as, ada, crm):
    first, second = (open_as(ada, f"{KEYS}keys/{crm.api_key.key_id}/") for _ in range(2))
    for page in (first, second):
        page.get_by_role("link", name="Edit").click()
    second.get_by_label("Allowed IP addresses").fill("10.0.0.0/8")
    second.get_by_role("button", name="Save changes").click()
    expect(second.get_by_role("dialog")).to_have_count(0)

    first.bring_to_front()
    first.get_by_label("API Key Name").fill("Quarterly")
    first.get_by_role("button", name="Save changes").click()

    expect(first.get_by_role("alert")).to_contain_text("Allowed IP addresses changed from anywhere to 10.0.0.0/8")
    expect(first.get_by_role("alert")).to_be_focused()
    expect(first.get_by_label("API Key Name")).to_have_value("Quarterly")
    first.get_by_role("button", name="Save changes").click()
    expect(first.get_by_role("dialog")).to_have_count(0)
    row = ApiKey.objects.get()
    assert (row.name, row.addresses) == ("Quarterly", "10.0.0.0/8")


def called_from(api_key: ApiKey, address: str) -> None:
    now = timezone.now()
    KeyAddress.objects.create(api_key=api_key, address=address, last_seen_at=now)
    ApiKey.objects.update(first_used_at=now, last_used_at=now, last_used_address=address)
