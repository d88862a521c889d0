"""An account is closed and opened again by a script."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from accounts.services import verification
from accounts.services.refusals import Code, Refused

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


@pytest.mark.parametrize("command", ["disable_account", "enable_account"])
def test_an_unknown_account_is_one_sentence(acme, command):
    with pytest.raises(CommandError, match=r"There is no account “acne”. Known are: acme\."):
        call_command(command, "acne")
