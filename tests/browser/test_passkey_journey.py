"""Passkeys, by the virtual authenticator of Chromium. They belong to a host name, so the site is `localhost` here."""

from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from dev.second_step import code
from dev.servers import running_server

pytestmark = pytest.mark.xdist_group("passkeys")

PASSWORD = "correct horse battery staple"

# What Safari before 18.4 lacks.
WITHOUT_JSON_HELPERS = """
delete PublicKeyCredential.parseCreationOptionsFromJSON;
delete PublicKeyCredential.parseRequestOptionsFromJSON;
delete PublicKeyCredential.prototype.toJSON;
"""
in_old_and_new_browsers = pytest.mark.parametrize(
    "script", ["", pytest.param(WITHOUT_JSON_HELPERS, marks=pytest.mark.full)], ids=["new", "old"]
)


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    with (
        django_db_blocker.unblock(),
        running_server(
            tmp_path_factory.mktemp("localhost") / "log", PUBLIC_URL="http://localhost", ALLOWED_HOSTS="127.0.0.1"
        ) as running,
    ):
        yield running


@pytest.fixture
def open_with_passkeys(open_as):
    """Open a page as a person whose device can hold passkeys and knows its owner."""

    def open_page(person, path, *, script="", **options):
        page = open_as(person, "/healthz", host="localhost", **options)
        page.add_init_script(script)
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        authenticator = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = device.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
        page.knows_owner = lambda known: device.send(
            "WebAuthn.setUserVerified", {"authenticatorId": added["authenticatorId"], "isUserVerified": known}
        )
        page.goto(path)
        return page

    return open_page


def add_passkey(page, name="Laptop"):
    page.goto("/two-step/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create passkey").click()
    expect(page.get_by_text("The passkey was added.")).to_be_visible()


@in_old_and_new_browsers
def test_a_passkey_is_added_and_signs_in_without_a_password(open_with_passkeys, ada, script):
    page = open_with_passkeys(ada, "/two-step/", script=script)
    add_passkey(page)
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()

    page.goto("/login/?next=/accounts/acme/settings/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="Account settings")).to_be_visible()
    page.goto("/passkeys/")
    expect(page.get_by_text("Laptop")).to_be_visible()
    expect(page.get_by_text("Just now")).to_be_visible()


@in_old_and_new_browsers
def test_a_passkey_is_the_second_step_after_the_password(open_with_passkeys, ada, script):
    ada.set_password(PASSWORD)
    ada.save()
    page = open_with_passkeys(ada, "/two-step/", script=script)
    add_passkey(page)
    page.context.clear_cookies()

    page.goto("/login/")
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/two-step/authenticate/")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/accounts/acme/")


@pytest.mark.full  # the ways above, one after the other
def test_from_the_printed_link_to_an_app_and_a_passkey(open_with_passkeys, db, capsys):
    call_command("create_account", "Proof Inc", "--owner", "pat@proof.example")
    page = open_with_passkeys(None, urlsplit(capsys.readouterr().out.strip()).path)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("link", name="Switch on two-step sign-in").click()

    page.get_by_role("link", name="Set up an app").click()
    page.get_by_text("Can’t scan it?").click()
    page.get_by_label("Six digits from the app").fill(code(page.locator("#secret").inner_text()))
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("link", name="I’ve saved them").click()
    add_passkey(page)
    page.context.clear_cookies()

    page.goto("/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Proof Inc")).to_be_visible()


@pytest.mark.full  # tests/people says the same
def test_at_another_address_of_the_site_the_page_says_where_passkeys_work(open_as, ada):
    page = open_as(ada, "/passkeys/add/", host="127.0.0.1")

    page.get_by_role("button", name="Create passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("Passkeys don’t work at this URL.")


@pytest.mark.full  # tests/people says the same
def test_a_passkey_proves_who_you_are(open_with_passkeys, ada):
    page = open_with_passkeys(ada, "/two-step/")
    add_passkey(page)

    page.goto("/passkeys/reauthenticate/?next=/two-step/recovery-codes/")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/two-step/recovery-codes/")


def test_a_device_that_does_not_verify_its_owner_signs_no_one_in(open_with_passkeys, ada):
    page = open_with_passkeys(ada, "/two-step/")
    add_passkey(page)
    page.context.clear_cookies()
    page.goto("/login/")
    page.knows_owner(False)

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")
    expect(page.get_by_role("button", name="Use a passkey")).not_to_have_attribute("aria-busy", "true")


@pytest.mark.full  # tests/people says the same
def test_a_passkey_is_renamed_and_removed(open_with_passkeys, ada):
    page = open_with_passkeys(ada, "/two-step/")
    add_passkey(page)
    page.goto("/passkeys/")

    page.get_by_role("link", name="Rename Laptop").click()
    page.get_by_label("Name").fill("Desk")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Desk").click()
    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_text("You don’t have a passkey yet.")).to_be_visible()


def test_without_javascript_the_page_says_what_passkeys_need(open_as, ada):
    page = open_as(ada, "/passkeys/add/", host="localhost", java_script_enabled=False)

    expect(page.get_by_text("This browser can’t use passkeys here.")).to_be_visible()
    expect(page.get_by_role("button", name="Create passkey")).to_be_hidden()
