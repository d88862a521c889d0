"""From every state a person can be in, some way leads to a second step and back in: walked as people walk it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import Role
from accounts.services import account_security, invitations
from accounts.services.background import mails
from tests.second_step import code, switch_on

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
SITE = "http://127.0.0.1"
LINK = re.compile(rf"{SITE}(/\S+)")
SECRET = re.compile(r'<code id="secret">(\w+)</code>')
APP, PASSKEY = "/two-step/app/activate/", "/passkeys/add/"


@pytest.fixture
def command(capsys):
    """What a command prints for the next program."""

    def run(*arguments: str) -> str:
        call_command(*arguments)
        printed: str = capsys.readouterr().out
        return printed.strip()

    return run


@pytest.fixture
def invited(acme, ada, django_capture_on_commit_callbacks):
    """The browser of someone new, who has just accepted ada's invitation to Acme."""
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(account=acme, actor=ada, email="new@acme.example", role=Role.ADMIN)
    mails.drain()
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
    Client().post("/password/reset/", {"email": email})
    mails.drain()


def set_up_app(browser: Client) -> bool:
    shown = SECRET.search(browser.get(APP).text)
    return (
        shown is not None
        and browser.post(APP, {"code": code(shown[1])}).headers["Location"] == "/two-step/recovery-codes/"
    )


def may_add_passkey(browser: Client) -> bool:
    return browser.get(PASSKEY).status_code == 200


def test_an_owner_made_by_the_command_sets_up_an_app_and_may_add_a_passkey(command):
    browser = Client()
    arrived = set_password(browser, command("create_account", "Proof Inc", "--owner", "pat@proof.example"))

    assert arrived == "/accounts/proof-inc/"
    assert may_add_passkey(browser)
    assert set_up_app(browser)
    assert may_add_passkey(browser)


def test_a_stranger_s_reset_does_not_keep_an_invited_person_from_a_second_step(invited):
    a_stranger_asks_for_a_reset("new@acme.example")

    assert may_add_passkey(invited)
    assert set_up_app(invited)


def test_nor_where_their_account_requires_two_steps(acme, ada, invited):
    switch_on(ada)
    account_security.require_two_step(account=acme, actor=ada, required=True)
    a_stranger_asks_for_a_reset("new@acme.example")
    assert invited.get("/accounts/acme/").headers["Location"] == "/two-step/"

    assert set_up_app(invited)
    assert invited.get("/accounts/acme/").status_code == 200


def test_a_person_who_finished_a_reset_sets_up_an_app(ada):
    a_stranger_asks_for_a_reset("ada@acme.example")
    browser = Client()

    set_password(browser, link_in_the_last_mail())

    assert set_up_app(browser)


def test_a_row_that_the_library_left_behind_keeps_nobody_out(signed_in, ada):
    EmailAddress.objects.create(user=ada, email=ada.email, verified=False)

    assert set_up_app(signed_in(ada))


def test_no_link_leaves_such_a_row(command, ada):
    command("create_account", "Proof Inc", "--owner", "pat@proof.example")
    a_stranger_asks_for_a_reset("ada@acme.example")
    set_password(Client(), link_in_the_last_mail())

    assert not EmailAddress.objects.exists()
