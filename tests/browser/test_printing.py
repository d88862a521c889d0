"""A page on paper is its content, without what there is to press."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncekeys.models import ApiKey
from oncekeys.services import rotation
from oncekeys.services.by import By
from tests.pages import KEYS

CONTROLS = "button, input:not([type=hidden]), select, nav, [role=search]"


@pytest.fixture
def used(crm):
    ApiKey.objects.update(created_at=timezone.now().replace(year=2025), last_used_at=timezone.now())
    return crm.api_key


@pytest.mark.parametrize(
    "path",
    [
        KEYS,
        *(
            pytest.param(path, marks=pytest.mark.full)
            for path in (f"{KEYS}keys/{{id}}/", "/accounts/acme/settings/activity/")
        ),
    ],
)
def test_a_printed_page_has_its_content_and_no_controls(open_as, ada, used, path):
    page = open_as(ada, path.format(id=used.key_id))
    page.emulate_media(media="print")

    assert "Production CRM" in page.get_by_role("main").inner_text()
    for control in page.locator(CONTROLS).all():
        expect(control).to_be_hidden()
    for action in ("Rotate", "Delete", "Edit", "Pause"):
        for link in page.get_by_role("link", name=action).all():
            expect(link).to_be_hidden()


def test_a_printed_moment_can_be_read_another_day(open_as, ada, used):
    page = open_as(ada, KEYS)
    page.emulate_media(media="print")

    shown = page.get_by_role("main").aria_snapshot()

    assert re.search(r"just now \(\d+ \w+ \d{4}, \d\d:\d\d UTC\)", shown)


@pytest.mark.full
def test_a_printed_event_has_its_time_once(open_as, ada, used):
    page = open_as(ada, "/accounts/acme/settings/activity/")
    page.emulate_media(media="print")

    time = page.get_by_role("listitem").get_by_role("time").first

    assert time.evaluate("time => getComputedStyle(time, '::after').content") == "none"


def test_printing_an_open_dialog_prints_the_dialog(open_as, ada, used):
    page = open_as(ada, KEYS)
    page.get_by_role("link", name="Delete Production CRM").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.emulate_media(media="print")

    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("main", include_hidden=True)).to_be_hidden()


@pytest.mark.full
def test_a_printed_end_is_said_once(open_as, ada, crm):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1))
    page = open_as(ada, KEYS)
    page.emulate_media(media="print")

    shown = page.get_by_role("main").aria_snapshot()

    assert re.search(r"In less than an hour", shown)
    assert not re.search(r"In less than an hour \(", shown)
