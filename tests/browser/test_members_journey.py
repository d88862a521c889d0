"""People: invited, arriving, given another role, sent away; on a phone and without scripts too."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Invitation, Membership, Role
from tests.browser.conftest import DESK, PHONE

MEMBERS = "/accounts/acme/settings/members/"
PASSWORD = "correct horse battery staple"
WAYS = [
    pytest.param({"viewport": DESK}, id="wide"),
    pytest.param({"viewport": PHONE}, id="narrow", marks=pytest.mark.full),
    pytest.param({"java_script_enabled": False}, id="without-scripts", marks=pytest.mark.full),
]


@pytest.fixture
def link(acme, ada) -> str:
    """The path that an invitation's mail leads to. The mail leaves from the server, so this one is made here."""
    invitation = Invitation(account=acme, email="new@acme.example", role=Role.ADMIN, invited_by=ada)
    token = invitation.renew()
    invitation.save()
    return f"/invitations/{token}/"


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_a_colleague_is_invited_and_the_invitation_withdrawn(open_as, ada, way):
    page = open_as(ada, MEMBERS, **way)

    page.get_by_role("link", name="Invite a colleague").click()
    page.get_by_role("textbox", name="Email").fill("new@acme.example")
    page.get_by_role("combobox", name="Role").select_option("Admin")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("status").first).to_contain_text("An invitation was sent to new@acme.example")

    page.get_by_role("button", name="Revoke the invitation for new@acme.example").click()
    expect(page.get_by_text("The invitation for new@acme.example was revoked.")).to_be_visible()
    expect(page.get_by_role("heading", name="Invited")).to_have_count(0)


@pytest.mark.parametrize("way", WAYS)
def test_from_an_invitation_to_the_first_key(open_as, link, way):
    page = open_as(None, link, **way)

    page.get_by_label("Your name").fill("Katherine Johnson")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accept invitation").click()
    expect(page.get_by_text("Welcome to Acme.")).to_be_visible()

    page.get_by_role("link", name="Create an API key").click()
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill("Production CRM")
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_role("heading", name="API Key Created Successfully")).to_be_visible()
    expect(page.locator(".secret__value")).to_contain_text("ok_live_")


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_a_role_is_changed_and_a_member_removed(open_as, ada, bob, way):
    page = open_as(ada, MEMBERS, **way)

    page.get_by_role("link", name="Change the role of Bob Noyce").click()
    page.get_by_role("combobox", name="Role").select_option("Admin")
    page.get_by_role("button", name="Change role").click()
    expect(page.get_by_text("Bob Noyce is now: Admin.")).to_be_visible()

    page.get_by_role("link", name="Remove Bob Noyce").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Bob Noyce was removed.")).to_be_visible()
    assert not Membership.objects.filter(user=bob).exists()


def sideways(page: Page) -> int:
    """By how much the page is wider than the screen, in CSS pixels."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


def test_nothing_scrolls_sideways_on_a_phone(open_as, ada, bob, link):
    assert sideways(open_as(ada, MEMBERS, viewport=PHONE)) <= 0
    assert sideways(open_as(None, link, viewport=PHONE)) <= 0
