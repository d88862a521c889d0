"""No dialog about a key has a violation that axe can find, over a page or as one."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dev.looks import WHERE_THEY_DIFFER, Look
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from oncekeys.services.usage import usage
from tests.pages import KEYS, NEW, dialog_of

OPEN = "(address) => htmx.ajax('GET', address, {target: '#oncekeys-dialog'})"


@pytest.fixture
def dialogs(acme, ada, crm, everything) -> dict[str, list[Look]]:
    """Return the dialogs of keys in every state, and how to look at each.

    Rare states only add words, so they wait for `--all`.
    """
    retiring = api_keys.create(account=acme, by=By(ada), name="Payments", expires=timedelta(days=90)).api_key
    unused = rotation.rotate(api_key=retiring, by=By(ada), grace=timedelta(days=1)).api_key
    paused = api_keys.create(account=acme, by=By(ada), name="Paused").api_key
    api_keys.pause(api_key=paused, by=By(ada))
    switched = api_keys.create(account=acme, by=By(ada), name="Switched").api_key
    taken_over = rotation.rotate(api_key=switched, by=By(ada), grace=timedelta(days=1)).api_key
    for called in (crm.api_key, retiring, taken_over):
        usage.note(called, at=acme.clock(), address="203.0.113.24")
    every = [(crm.api_key, name) for name in ("edit", "rotate", "pause", "delete")]
    rare = [(retiring, "edit"), (retiring, "delete"), (unused, "rotate"), (unused, "delete")]
    rare += [(switched, "delete"), (taken_over, "rotate")]
    addresses = [NEW, *(dialog_of(*each) for each in [*every, (paused, "resume")])]
    if not everything:
        return dict.fromkeys(addresses, WHERE_THEY_DIFFER)
    return {
        **dict.fromkeys(addresses, WHERE_THEY_DIFFER),
        **{dialog_of(*each): WHERE_THEY_DIFFER[:1] for each in [*rare, (paused, "delete")]},
    }


def test_every_dialog_over_the_list(open_as, check_accessibility, ada, dialogs):
    page = open_as(ada, KEYS, bypass_csp=True)
    for address, looks in dialogs.items():
        page.evaluate(OPEN, address)
        expect(page.get_by_role("dialog")).to_be_visible()
        check_accessibility(page, looks=looks)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.full  # the same forms as over the list, in the frame that other pages have
def test_every_dialog_as_a_page(open_as, check_accessibility, ada, dialogs):
    page = open_as(ada, KEYS, bypass_csp=True)
    for address in dialogs:
        page.goto(address)
        check_accessibility(page)


def test_more_options_with_errors_and_the_successor(open_as, check_accessibility, ada, crm):
    page = open_as(ada, NEW, bypass_csp=True)
    page.get_by_label("Expires").select_option("On a date…")
    page.get_by_text("More options").click()
    page.get_by_label("Allowed IP addresses").fill("moon")
    page.get_by_label("Full access").uncheck()
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_text("Choose at least one scope")).to_be_visible()
    check_accessibility(page)

    page.goto(dialog_of(crm.api_key, "rotate"))
    page.get_by_text("Now", exact=True).click()
    expect(page.get_by_role("button", name="Rotate and stop the old key")).to_be_visible()
    check_accessibility(page)
    page.get_by_text("After 1 hour").click()
    page.get_by_role("button", name="Rotate key").click()
    expect(page.get_by_role("group", name="API key")).to_be_visible()
    check_accessibility(page)


def test_the_question_before_a_caller_is_shut_out(open_as, check_accessibility, ada, crm):
    usage.note(crm.api_key, at=crm.api_key.account.clock(), address="203.0.113.24")
    page = open_as(ada, dialog_of(crm.api_key, "edit"), bypass_csp=True)
    page.get_by_label("Allowed IP addresses").fill("10.9.9.9")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_role("alert")).to_contain_text("203.0.113.24 used this key")
    check_accessibility(page)
