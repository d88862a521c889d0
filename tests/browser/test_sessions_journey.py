"""The list of sessions, from two browsers."""

import pytest
from playwright.sync_api import expect


def test_signing_out_everywhere_else(open_as, ada):
    phone = open_as(ada, "/")
    desk = open_as(ada, "/")
    desk.goto("/sessions/")
    expect(desk.get_by_text("Chrome on Linux")).to_have_count(2)
    expect(desk.get_by_text("this one")).to_have_count(1)

    desk.get_by_role("button", name="Sign out everywhere else").click()

    expect(desk.get_by_text("You’re signed out everywhere else.")).to_be_visible()
    expect(desk.get_by_text("No other sessions.")).to_be_visible()
    phone.reload()
    phone.wait_for_url("**/login/**")


@pytest.mark.full  # tests/people says the same
def test_signing_out_one_device(open_as, ada):
    phone = open_as(ada, "/")
    desk = open_as(ada, "/sessions/")

    desk.get_by_role("button", name="Sign out Chrome on Linux").click()

    expect(desk.get_by_text("Chrome on Linux is signed out.")).to_be_visible()
    phone.reload()
    phone.wait_for_url("**/login/**")
