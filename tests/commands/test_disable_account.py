"""An account is closed and opened again by a script."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Role, User
from oncekeys.models import AuditEvent
from oncekeys.services import verification
from oncekeys.services.refusals import Code, Refused
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db


def test_disable_account_refuses_its_keys_and_says_how_to_undo_it(acme, crm, capsys):
    call_command("disable_account", "acme")

    with pytest.raises(Refused) as refused:
        verification.verify(crm.token.reveal())
    assert refused.value.code == Code.INVALID_KEY
    assert "`enable_account acme`" in capsys.readouterr().err
    assert AuditEvent.objects.get(kind="account.disabled").actor is None


def test_enable_account_lets_its_keys_in_again(acme, crm):
    call_command("disable_account", "acme")

    call_command("enable_account", "acme")

    assert verification.verify(crm.token.reveal()) == crm.api_key
    assert AuditEvent.objects.get(kind="account.enabled").actor is None


def test_enabling_an_account_that_is_open_changes_nothing(acme):
    call_command("enable_account", "acme")

    assert not AuditEvent.objects.filter(kind="account.enabled").exists()


@pytest.fixture
def stranded(acme, ada):
    """Disabled, and its only owner is switched off since."""
    call_command("disable_account", "acme")
    User.objects.filter(pk=ada.pk).update(is_active=False)
    return acme


def test_an_account_that_no_owner_could_enter_is_not_enabled(stranded):
    with pytest.raises(
        CommandError, match=r"has no owner who can sign in\. .* `manage\.py enable_account acme --owner"
    ):
        call_command("enable_account", "acme")

    stranded.refresh_from_db()
    assert not stranded.is_enabled


def test_it_is_enabled_with_another_owner_who_gets_a_link(stranded, client, capsys):
    call_command("enable_account", "acme", "--owner", "Lin@Acme.example")

    stranded.refresh_from_db()
    link = capsys.readouterr().out.strip().removeprefix("http://127.0.0.1")
    form = client.get(link, follow=True).redirect_chain[-1][0]
    arrived = client.post(form, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert stranded.is_enabled
    assert arrived.redirect_chain[-1][0] == "/accounts/acme/"


def test_a_member_becomes_that_owner(stranded, bob):
    call_command("enable_account", "acme", "--owner", "bob@acme.example")

    assert stranded.memberships.get(user=bob).role == Role.OWNER
    assert AuditEvent.objects.get(kind="member.role_changed").actor is None


def test_an_inactive_owner_does_not_do(stranded):
    with pytest.raises(CommandError, match="has no owner who can sign in"):
        call_command("enable_account", "acme", "--owner", "ada@acme.example")


def test_it_is_enabled_once_its_owner_is_switched_on_again(stranded):
    User.objects.update(is_active=True)

    call_command("enable_account", "acme")

    stranded.refresh_from_db()
    assert stranded.is_enabled


@pytest.mark.parametrize("command", ["disable_account", "enable_account"])
def test_an_unknown_account_is_one_sentence(acme, command):
    with pytest.raises(CommandError, match=r"There is no account “acne”. Known accounts: acme\."):
        call_command(command, "acne")
