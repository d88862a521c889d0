"""Setting up an authenticator app, signing in with it, and proving in the middle of things that it is you."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from dev.second_step import code, code_unlike, prove, recovery_codes, switch_on

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def ada(ada):
    ada.set_password(PASSWORD)
    ada.save()
    return ada


def sign_in(page):
    page.goto("/login/")
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page):
    page.get_by_role("button", name="Ada Lovelace").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/")


def grow_stale(page, user):
    """Their session, 16 minutes after its last proof of identity."""
    client = Client()
    cookie = next(kept for kept in page.context.cookies() if kept["name"] == settings.SESSION_COOKIE_NAME)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie["value"]
    prove(client, method="password", ago=timedelta(minutes=16))


def test_an_app_is_set_up_and_signs_in(open_as, ada):
    page = open_as(None, "/login/")
    sign_in(page)
    page.goto("/two-step/")
    page.get_by_role("link", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.get_by_text("Can’t scan it?").click()
    secret = page.locator("#secret").inner_text()

    spent = code(secret)
    page.get_by_label("Six digits from the app").fill(spent)
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Two-step sign-in with your authenticator app is on.")).to_be_visible()
    kept = page.locator("#recovery-codes li").all_inner_texts()
    page.get_by_role("link", name="I’ve saved them").click()
    sign_out(page)

    sign_in(page)
    page.get_by_label("Code").fill(code_unlike(spent, secret))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/accounts/acme/")
    sign_out(page)

    sign_in(page)
    page.get_by_label("Code").fill(kept[0].strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/accounts/acme/")


def test_the_create_dialog_opens_by_itself_after_the_proof(open_as, ada):
    page = open_as(ada, LIST)
    grow_stale(page, ada)

    page.get_by_role("link", name="Create API key").first.click()
    expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()

    dialog = page.get_by_role("dialog", name="Create API key")
    expect(dialog).to_be_visible()
    assert page.url.endswith(LIST)
    dialog.get_by_label("API Key Name").fill("Production CRM")
    dialog.get_by_role("button", name="Generate key").click()
    expect(page.get_by_role("group", name="API key")).to_be_visible()


@pytest.mark.full  # tests/pages says the same
def test_without_javascript_the_proof_leads_to_the_form_s_own_page(open_as, ada):
    switch_on(ada)
    page = open_as(ada, LIST, java_script_enabled=False)

    page.get_by_role("link", name="Create API key").first.click()
    page.get_by_label("Code").fill(recovery_codes(ada)[0])
    page.get_by_role("button", name="Confirm").click()

    page.wait_for_url(f"**{LIST}keys/new/")
    expect(page.get_by_label("API Key Name")).to_be_visible()
