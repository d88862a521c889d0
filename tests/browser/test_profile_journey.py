"""A person's own page, in a browser: who they are, a new address, and what the page says of their sign-in."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from dev.scenes.profile import confirmation

NEW = "ada@new.example"
LINE_PX = 30


def ask_for_another_address(page: Page) -> None:
    page.get_by_role("link", name="Change email address").click()
    page.get_by_label("New email address").fill(NEW)
    page.get_by_role("button", name="Send link").click()


@pytest.mark.full  # tests/people says the same
@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without"])
def test_a_new_address_from_asking_to_confirming(open_as, ada, javascript):
    page = open_as(ada, "/profile/", java_script_enabled=javascript)

    ask_for_another_address(page)
    expect(page.get_by_text(f"To confirm {NEW}")).to_be_visible()
    page.goto(confirmation(ada))
    page.get_by_role("button", name="Use this email address").click()

    expect(page.get_by_text(f"You now sign in with {NEW}.")).to_be_visible()
    assert User.objects.get(pk=ada.pk).email == NEW


@pytest.mark.full  # tests/people says the same
def test_the_old_address_is_kept_after_all(open_as, ada):
    page = open_as(ada, "/profile/")
    ask_for_another_address(page)

    page.get_by_role("button", name="Keep the old email").click()

    expect(page.get_by_text("Your email address is still ada@acme.example.")).to_be_visible()
    expect(page.get_by_text("To confirm")).to_have_count(0)


@pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.full)], ids=["with-javascript", "without"]
)
def test_name_and_time_zone_are_chosen_by_keyboard(open_as, ada, javascript):
    page = open_as(ada, "/profile/", java_script_enabled=javascript)

    page.get_by_label("Name").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Augusta King")
    page.keyboard.press("Tab")
    page.keyboard.type("Tokyo")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Your profile was saved.")).to_be_visible()
    person = User.objects.get(pk=ada.pk)
    assert (person.name, person.time_zone) == ("Augusta King", "Asia/Tokyo")


def test_the_browsers_own_time_zone_is_offered(open_as, ada):
    page = open_as(ada, "/profile/", timezone_id="Europe/Berlin")
    page.reload()

    expect(page.get_by_label("Time zone")).to_have_value("")
    expect(page.get_by_label("Time zone").locator("option:checked")).to_have_text("Same as browser (Europe/Berlin)")


def test_your_activity_is_a_row_of_time_event_and_person(open_as, ada):
    page = open_as(ada, "/profile/activity/")

    event = page.get_by_role("listitem").filter(has_text="Signed in").first
    parts = event.get_by_role("time"), event.get_by_text("Signed in"), event.get_by_text("You")
    starts = [part.bounding_box()["x"] for part in parts]
    assert starts == sorted(starts)
    assert parts[1].bounding_box()["height"] < LINE_PX
