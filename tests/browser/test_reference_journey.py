"""A developer at the API reference: they choose a language, copy its lines, and follow a refusal to its row."""

import gzip

import pytest
from playwright.sync_api import expect

from dev import loopback
from tests.browser.test_create_journey import CLIPBOARD

BUDGET = 60_000


def test_lines_of_the_chosen_language_are_copied(open_as):
    page = open_as(None, "/api/", permissions=CLIPBOARD)
    test = page.get_by_role("region", name="Test a key")
    expect(test.get_by_text("curl ")).to_be_visible()

    page.get_by_text("Python", exact=True).click()
    test.get_by_role("button", name="Copy Python code").click()

    expect(page.get_by_role("status")).to_have_text("Copied")
    expect(test.get_by_text("curl ")).to_be_hidden()
    assert page.evaluate("navigator.clipboard.readText()") == test.locator("code", has_text="import os").text_content()


def test_the_keyboard_changes_the_language(open_as):
    page = open_as(None, "/api/")

    page.get_by_role("radio", name="curl").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("region", name="Revoke the key").get_by_text("fetch(")).to_be_visible()


@pytest.mark.full
def test_without_javascript_the_language_changes_too(open_as):
    page = open_as(None, "/api/", java_script_enabled=False)

    page.get_by_text("Go", exact=True).click()

    expect(page.get_by_role("region", name="Test a key").get_by_text("package main")).to_be_visible()
    expect(page.get_by_role("button", name="Copy", exact=False)).to_have_count(0)


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.full)])
def test_a_refusal_leads_to_its_row(open_as, site, width):
    refused = loopback.get(f"{site.url}/api/v1/test").json()

    page = open_as(None, refused["type"], viewport={"width": width, "height": 700})

    row = page.get_by_role("row" if width > 700 else "rowheader", name="missing_key")
    expect(row).to_be_in_viewport()
    language = page.get_by_role("group", name="Language of the examples")
    assert row.bounding_box()["y"] >= language.bounding_box()["y"] + language.bounding_box()["height"]


def test_with_all_it_loads_it_stays_under_60_kilobytes(open_as):
    page = open_as(None, "/healthz")
    bodies = []
    page.on("response", lambda answer: bodies.append(answer.body()))

    page.goto("/api/", wait_until="networkidle")

    assert len(bodies) > 3
    assert sum(len(gzip.compress(body, compresslevel=6)) for body in bodies) < BUDGET
