"""The home of an account: what to do first, and the way to the other accounts of a person."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Membership, Role
from accounts.services import invitations
from oncekeys.models import ApiKey
from oncekeys.services import accounts, api_keys
from oncekeys.services.by import By
from tests.pages import KEYS, markup, words

pytestmark = pytest.mark.django_db

HOME = "/accounts/acme/"
DONE = re.compile(r"step--done.*?<h3>([^<]+)</h3>", re.DOTALL)
TO_DO = re.compile(r"<h3><a href=\"([^\"]+)\">([^<]+)</a></h3>")


def test_a_new_account_is_told_what_to_do_first(ada, signed_in):
    page = markup(signed_in(ada).get(HOME))

    assert DONE.findall(page) == []
    assert [name for _, name in TO_DO.findall(page)] == [
        "Create an API key",
        "Invite a colleague",
        "Switch on two-step sign-in",
    ]


def test_every_step_leads_to_where_it_is_done(ada, signed_in):
    client = signed_in(ada)

    for url, _ in TO_DO.findall(markup(client.get(HOME))):
        assert client.get(url, follow=True).status_code == 200


def test_a_step_is_ticked_off_by_the_facts(acme, ada, crm, signed_in):
    invitations.invite(account=acme, by=By(ada), email="grace@acme.example", role=Role.ADMIN)

    page = markup(signed_in(ada).get(HOME))

    assert DONE.findall(page) == ["Create an API key", "Invite a colleague"]
    assert "2 of 3 done" in page


def test_a_deleted_key_was_a_key_all_the_same(ada, crm, signed_in):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert "Create an API key" in DONE.findall(markup(signed_in(ada).get(HOME)))


def test_the_list_is_gone_when_all_is_done(ada, grace, crm, signed_in):
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={})

    assert "Get started" not in signed_in(ada).get(HOME).text


def test_a_member_is_shown_only_what_is_theirs_to_do(bob, signed_in):
    page = markup(signed_in(bob).get(HOME))

    assert [name for _, name in TO_DO.findall(page)] == ["Switch on two-step sign-in"]


def test_home_says_whether_everything_is_all_right(ada, grace, acme, crm, signed_in):
    client = signed_in(ada)
    assert "Nothing needs attention." in words(client.get(HOME))

    ApiKey.objects.update(expires_at=timezone.now() + timedelta(days=3))

    page = client.get(HOME)
    assert "1 key expires within 14 days" in words(page)
    assert f'href="{KEYS}?show=expiring"' in page.text
    assert "Requests today 0" in words(page)


def test_home_shows_the_last_five_events(ada, acme, signed_in):
    for number in range(7):
        api_keys.create(account=acme, by=By(ada), name=f"Key {number}")

    page = words(signed_in(ada).get(HOME))

    assert re.findall(r"API key created (Key \d)", page) == [f"Key {number}" for number in (6, 5, 4, 3, 2)]


def test_a_member_who_manages_no_keys_sees_neither(bob, crm, signed_in):
    page = words(signed_in(bob).get(HOME))

    assert "Needs attention" not in page
    assert "API key created" not in page


@pytest.mark.parametrize("path", ["/profile/", "/sessions/", "/two-step/"])
def test_a_persons_own_pages_lead_back_to_the_account_used_last(ada, umbrella, signed_in, path):
    Membership.objects.create(account=umbrella, user=ada, role=Role.ADMIN)
    client = signed_in(ada)

    for account in ("umbrella", "acme"):
        client.get(f"/accounts/{account}/")
        assert f'href="/accounts/{account}/settings/"' in client.get(path).text


def test_looking_at_pages_writes_nothing_into_the_session(ada, umbrella, signed_in):
    Membership.objects.create(account=umbrella, user=ada, role=Role.ADMIN)
    client = signed_in(ada)
    client.get("/profile/")  # the first request of a session notes the browser
    before = Session.objects.values().get()

    for account in ("umbrella", "acme"):
        client.get(f"/accounts/{account}/")

    assert Session.objects.values().get() == before


@pytest.mark.parametrize("named", ["umbrella", "no-such-account", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_the_account_used_last_counts_only_for_its_members(ada, acme, umbrella, signed_in, named):
    client = signed_in(ada)
    client.cookies["account"] = named

    assert 'href="/accounts/acme/settings/"' in client.get("/profile/").text


def test_scripts_cannot_read_the_last_account_and_sign_out_forgets_it(ada, acme, signed_in):
    client = signed_in(ada)

    cookie = client.get("/accounts/acme/").cookies["account"]
    client.post("/logout/")

    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["path"]) == ("acme", True, "Lax", "/")
    assert client.cookies["account"].value == ""


def test_polling_does_not_count_as_using_an_account(ada, acme, signed_in):
    assert "account" not in signed_in(ada).get("/accounts/acme/", headers={"Oncekeys-Watch": "1"}).cookies


def test_the_top_bar_switches_between_accounts(ada, umbrella, signed_in):
    client = signed_in(ada)
    assert 'id="account-menu"' not in client.get(HOME).text

    Membership.objects.create(account=umbrella, user=ada, role=Role.MEMBER)

    page = client.get(HOME).text
    assert 'id="account-menu"' in page
    assert 'href="/accounts/umbrella/"' in page


def test_a_disabled_account_is_not_in_the_menu(ada, umbrella, signed_in):
    Membership.objects.create(account=umbrella, user=ada, role=Role.MEMBER)
    assert 'href="/accounts/umbrella/"' in signed_in(ada).get("/accounts/acme/").text

    accounts.disable(account=umbrella, by=By.system())

    assert 'href="/accounts/umbrella/"' not in signed_in(ada).get("/accounts/acme/").text


def test_with_only_a_disabled_account_the_page_says_so(ada, acme, signed_in):
    accounts.disable(account=acme, by=By.system())

    page = signed_in(ada).get("/")

    assert page.status_code == 403
    assert "This account is disabled. Ask support to enable it again." in page.text
    assert "You aren’t a member of an account yet" not in page.text
