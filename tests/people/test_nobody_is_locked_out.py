"""From every state a person can be in, some way leads to a second step and back in: walked as people walk it."""

import re
from datetime import timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.db import connections
from django.test import Client

from accounts.models import Invitation, Role, User
from accounts.services import account_security, invitations
from accounts.sign_in import set_password_link
from accounts.two_step import accept
from dev.second_step import code, passkey, recovery_codes, switch_on
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.at_once import at_once
from tests.pages import NEW, PASSWORD, words

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1"
LINK = re.compile(rf"{SITE}(/\S+)")
SECRET = re.compile(r'<code id="secret">(\w+)</code>')
APP, PASSKEY = "/two-step/app/activate/", "/passkeys/add/"


@pytest.fixture
def command(capsys):
    """Return what a command prints for the next program."""

    def run(*arguments: str) -> str:
        call_command(*arguments)
        printed: str = capsys.readouterr().out
        return printed.strip()

    return run


@pytest.fixture
def invited(acme, ada):
    """The browser of someone new, who has just accepted ada's invitation to Acme."""
    with committed():
        invitations.invite(account=acme, by=By(ada), email="new@acme.example", role=Role.ADMIN)
    browser = Client()
    browser.post(link_in_the_last_mail(), {"name": "New Comer", "password": PASSWORD})
    return browser


def link_in_the_last_mail() -> str:
    return LINK.findall(str(mail.outbox[-1].body))[0]


def set_password(browser: Client, link: str) -> str:
    """Opens the link, as printed or mailed, and sets a password. Where the browser is then."""
    opened = browser.get(link.removeprefix(SITE), follow=True)
    form = {"password1": PASSWORD, "password2": PASSWORD}
    done = browser.post(opened.redirect_chain[-1][0], form, follow=True)
    return done.redirect_chain[-1][0]


def a_stranger_asks_for_a_reset(email: str) -> None:
    with committed():
        Client().post("/password/reset/", {"email": email})


def set_up_app(browser: Client) -> bool:
    shown = SECRET.search(browser.get(APP).text)
    return (
        shown is not None
        and browser.post(APP, {"code": code(shown[1])}).headers["Location"] == "/two-step/recovery-codes/"
    )


def may_add_passkey(browser: Client) -> bool:
    return browser.get(PASSKEY).status_code == 200


def test_a_new_owner_sets_up_an_app_and_adds_a_passkey(command):
    browser = Client()
    arrived = set_password(browser, command("create_account", "Proof Inc", "--owner", "pat@proof.example"))

    assert arrived == "/accounts/proof-inc/"
    assert may_add_passkey(browser)
    assert set_up_app(browser)
    assert may_add_passkey(browser)


def test_a_strangers_reset_keeps_no_one_from_a_second_step(invited):
    a_stranger_asks_for_a_reset("new@acme.example")

    assert may_add_passkey(invited)
    assert set_up_app(invited)


def test_nor_where_their_account_requires_two_steps(acme, ada, invited):
    switch_on(ada)
    account_security.require_two_step(account=acme, by=By(ada), required=True)
    a_stranger_asks_for_a_reset("new@acme.example")
    assert invited.get("/accounts/acme/").headers["Location"] == "/two-step/"

    assert set_up_app(invited)
    assert invited.get("/accounts/acme/").status_code == 200


def test_a_person_who_finished_a_reset_sets_up_an_app(ada):
    a_stranger_asks_for_a_reset("ada@acme.example")
    browser = Client()

    set_password(browser, link_in_the_last_mail())

    assert set_up_app(browser)


def test_a_leftover_row_of_the_library_keeps_no_one_out(signed_in, ada):
    EmailAddress.objects.create(user=ada, email=ada.email, verified=False)

    assert set_up_app(signed_in(ada))


def test_no_link_leaves_such_a_row(command, ada):
    command("create_account", "Proof Inc", "--owner", "pat@proof.example")
    a_stranger_asks_for_a_reset("ada@acme.example")
    set_password(Client(), link_in_the_last_mail())

    assert not EmailAddress.objects.exists()


def test_a_reset_before_the_invitation_was_accepted_leads_back_to_it(acme, ada):
    invitation = Invitation(account=acme, email="new@acme.example", role=Role.ADMIN, invited_by=ada)
    invitation.renew()
    invitation.save()

    a_stranger_asks_for_a_reset("New@acme.example")

    assert [message.to for message in mail.outbox] == [["new@acme.example"]]
    assert "Ada Lovelace invited you to join Acme" in mail.outbox[0].body


def test_an_inactive_persons_reset_says_so(bob):
    User.objects.filter(pk=bob.pk).update(is_active=False)

    a_stranger_asks_for_a_reset("bob@acme.example")

    assert [message.to for message in mail.outbox] == [["bob@acme.example"]]
    assert "your sign-in is switched off" in mail.outbox[0].body


def test_and_the_page_says_the_same_as_for_an_address_that_no_one_has(bob, client):
    User.objects.filter(pk=bob.pk).update(is_active=False)

    with committed():
        answers = [client.post("/password/reset/", {"email": f"{name}@acme.example"}) for name in ("bob", "no-one")]

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert [message.to for message in mail.outbox] == [["bob@acme.example"]]


@pytest.mark.django_db(transaction=True)
def test_of_two_reset_links_at_once_only_one_works(acme, ada):
    person = User.objects.create_user("new@acme.example")
    links = [set_password_link(person).removeprefix(SITE)] * 2
    browsers = [Client() for _ in links]
    forms = [
        browser.get(link, follow=True).redirect_chain[-1][0] for browser, link in zip(browsers, links, strict=True)
    ]

    answers = at_once([partial(send_password, *each) for each in zip(browsers, forms, strict=True)])

    assert sorted(answer == "/" for answer in answers) == [False, True]
    later = next(answer for answer in answers if answer != "/")
    assert "Your password has just been set." in later or "This link no longer works" in later


def send_password(browser: Client, form: str) -> str:
    """Where it leads, or what it says instead."""
    try:
        answer = browser.post(form, {"password1": PASSWORD, "password2": PASSWORD})
        where = answer.headers.get("Location")
        return "/" if where == "/" else words(browser.get(where) if where else answer)
    finally:
        connections.close_all()


wrong = pytest.mark.parametrize("sent", ["", "{}", '{"id": "x"}'])


@wrong
def test_a_wrong_passkey_as_a_proof_comes_back_on_the_way_to_the_page(signed_in, ada, sent):
    passkey(ada)
    browser = signed_in(ada)

    answer = browser.post("/passkeys/reauthenticate/", {"credential": sent, "next": NEW})

    assert answer.status_code == 200
    assert "This passkey wasn’t accepted." in words(answer)
    assert f'name="next" value="{NEW}"' in answer.text


@wrong
def test_a_wrong_passkey_at_sign_in_comes_back_on_the_way_to_the_page(client, ada, sent):
    answer = client.post("/passkeys/login/", {"credential": sent, "next": NEW}, follow=True)

    assert "This passkey wasn’t accepted." in words(answer)
    assert f'name="next" value="{NEW}"' in answer.text


def test_with_only_a_passkey_no_app_is_asked_for(client, ada):
    passkey(ada)

    asked = client.post("/login/", {"login": ada.email, "password": PASSWORD}, follow=True)

    assert "Use your passkey, or type one of your recovery codes." in words(asked)
    assert "authenticator app" not in words(asked)


def test_who_has_an_app_too_may_type_its_code(client, ada):
    passkey(ada)
    switch_on(ada)

    asked = client.post("/login/", {"login": ada.email, "password": PASSWORD}, follow=True)

    assert "Type the six digits your authenticator app shows now" in words(asked)


def test_a_passkey_or_a_recovery_code_proves_it(signed_in, prove, ada):
    passkey(ada)
    recovery_codes(ada)
    browser = prove(signed_in(ada), method="password")

    asked = browser.get(NEW, follow=True)

    assert asked.redirect_chain[-1][0].startswith("/passkeys/reauthenticate/")
    assert "Use a recovery code" in words(asked)


def test_after_losing_everything_you_read_who_can_help(client, ada):
    switch_on(ada)

    asked = client.post("/login/", {"login": ada.email, "password": PASSWORD}, follow=True)

    assert "Ask an administrator of this site." in words(asked)


@pytest.mark.parametrize(("used", "sentence"), [(8, "You have 1 recovery code left."), (9, "your last recovery code")])
def test_recovery_codes_that_run_out_are_counted_aloud(client, ada, used, sentence):
    switch_on(ada)
    codes = recovery_codes(ada)
    for spent in codes[:used]:
        accept(ada, spent)
    client.post("/login/", {"login": ada.email, "password": PASSWORD})

    arrived = client.post("/two-step/authenticate/", {"code": codes[-1]}, follow=True)

    assert arrived.redirect_chain[-1][0] == "/accounts/acme/"
    assert sentence in words(arrived)


def test_new_codes_can_be_made_where_none_were_kept(signed_in, ada):
    switch_on(ada)
    Authenticator.objects.filter(type="recovery_codes").delete()

    assert 'href="/two-step/recovery-codes/generate/"' in signed_in(ada).get("/two-step/").text


def test_with_nothing_to_prove_it_you_set_a_password_first(signed_in, prove, grace):
    asked = prove(signed_in(grace), ago=timedelta(hours=1)).get(NEW, follow=True)

    assert asked.redirect_chain[-1][0] == "/password/reset/"
    assert "Set a password first" in words(asked)
