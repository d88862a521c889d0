"""Deleting a key, and seeing first what that will do."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncekeys.models import ApiKey

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"


def test_deleting_a_key_takes_effect_on_the_next_request(open_as, ada, crm, site):
    key = crm.token.reveal()
    assert site.test(key).status_code == 200
    page = open_as(ada, LIST)

    page.get_by_role("link", name="Delete Production CRM").click()
    dialog = page.get_by_role("dialog", name="Delete Key")
    expect(dialog).to_contain_text("Production CRM")
    expect(dialog).to_contain_text(crm.api_key.public_id)
    expect(dialog).to_contain_text("any application using this key will immediately lose access")
    page.get_by_role("button", name="Delete key").click()

    expect(dialog).to_have_count(0)
    assert site.test(key).json()["code"] == "invalid_key"
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Production CRM” was deleted.")
    expect(page.get_by_text("0 of 25 keys")).to_be_visible()
    expect(page.get_by_role("heading", name="API Keys")).to_be_focused()


def test_the_red_button_is_not_what_the_first_press_hits(open_as, ada, crm):
    page = open_as(ada, LIST)
    page.get_by_role("link", name="Delete Production CRM").click()

    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Delete Production CRM")).to_be_focused()
    assert ApiKey.objects.get().deleted_at is None


@pytest.mark.full  # tests/pages says the same
def test_the_dialog_shows_when_and_from_where_the_key_was_last_used(open_as, ada, crm):
    ApiKey.objects.update(last_used_at=timezone.now(), last_used_address="203.0.113.24")
    page = open_as(ada, LIST)

    page.get_by_role("link", name="Delete Production CRM").click()

    dialog = page.get_by_role("dialog", name="Delete Key")
    expect(dialog).to_contain_text("from 203.0.113.24")
    expect(dialog).to_contain_text("This key is in use.")
    expect(dialog.locator("time").first).to_have_attribute("title", re.compile(r"\d{4}"))
