"""The door for scripts: output for the next program, sentences for people, one exit status for failure."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from dev.keyring import fill
from dev.servers import database_url
from oncekeys.models import Account, ApiKey, AuditEvent
from oncekeys.services import api_keys, verification
from oncekeys.services.by import By

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    def run(*arguments: str) -> tuple[str, str]:
        call_command(*arguments)
        output = capsys.readouterr()
        return output.out, output.err

    return run


def test_create_account_prints_a_link_to_set_a_password(run, client):
    out, err = run("create_account", "Acme Logistics", "--owner", "Ada@Acme.example")

    assert "acme-logistics" in err
    page = client.get(out.strip().removeprefix("http://127.0.0.1"), follow=True)
    password = {"password1": "a long enough password", "password2": "a long enough password"}
    client.post(page.redirect_chain[-1][0], password)
    assert Account.objects.get().memberships.get().user.check_password("a long enough password")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Acme", "--owner", "ada@acme.example"), "already an account “acme”"),
        (("New", "--owner", "nobody"), "not an email address"),
        (("!!!", "--owner", "ada@acme.example"), "needs at least one digit, or one letter"),
    ],
)
def test_create_account_says_what_is_wrong(run, acme, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("create_account", *arguments)

    assert Account.objects.count() == 1


def test_create_account_gives_none_to_someone_who_may_not_sign_in(run, ada):
    User.objects.filter(pk=ada.pk).update(is_active=False)

    with pytest.raises(CommandError, match=r"ada@acme\.example is switched off\."):
        run("create_account", "Second", "--owner", "ada@acme.example")

    assert Account.objects.count() == 1


PROVISION = ("create_account", "Acme Logistics", "--owner", "ada@acme.example", "--external-id", "shop.organisation:42")


def test_provisioning_again_makes_no_second_account_and_says_the_same(run):
    _, first = run(*PROVISION)

    _, second = run(*PROVISION)

    assert second == first
    assert Account.objects.get().external_id == "shop.organisation:42"
    assert AuditEvent.objects.count() == 1


def test_provisioning_again_changes_the_name_and_keeps_the_url(run):
    run(*PROVISION)

    run("create_account", "Acme Freight", *PROVISION[2:])

    account = Account.objects.get()
    assert (account.name, account.slug) == ("Acme Freight", "acme-logistics")


def test_provisioning_again_gives_the_account_no_other_owner(run):
    run(*PROVISION)

    out, err = run("create_account", "Acme Logistics", "--owner", "eve@acme.example", *PROVISION[4:])

    assert out == ""
    assert "`enable_account acme-logistics --owner eve@acme.example` makes them one" in err
    assert [membership.user.email for membership in Account.objects.get().memberships.all()] == ["ada@acme.example"]


@pytest.mark.parametrize(("name", "slug"), [("Acme", "shop-organisation-42"), ("極東商事", "shop-organisation-42")])
def test_a_name_without_a_slug_takes_that_of_the_external_id(run, acme, name, slug):
    run("create_account", name, *PROVISION[2:])

    assert Account.objects.get(external_id="shop.organisation:42").slug == slug


@pytest.mark.parametrize("external_id", ["", "shop organisation", "shöp:42", "::", "x" * 101, "a\r\nX-Forged:1"])
def test_external_id_that_a_header_could_not_carry_is_refused(run, external_id):
    with pytest.raises(CommandError, match=r"like shop\.organisation:42"):
        run(*PROVISION[:-1], external_id)

    assert not Account.objects.exists()


def test_commands_find_an_account_by_its_external_id(run):
    run(*PROVISION)

    run("create_api_key", "shop.organisation:42", "Nightly import")

    assert ApiKey.objects.get().account == Account.objects.get()


def test_create_api_key_prints_the_key_alone_on_standard_output(run, acme):
    out, err = run("create_api_key", "acme", "Nightly import")

    assert verification.verify(out.removesuffix("\n")).name == "Nightly import"
    assert out.strip() not in err
    assert AuditEvent.objects.get(kind="api_key.created").actor is None


def test_create_api_key_can_be_for_staging(run, acme):
    out, _ = run("create_api_key", "acme", "Nightly import", "--environment", "staging")

    assert out.startswith("ok_test_")


def test_create_api_key_takes_the_limits_that_the_page_offers(run, acme):
    limits = ["--scope", "read-only", "--address", "203.0.113.7", "--address", "2001:db8::/32"]

    run("create_api_key", "acme", "Nightly import", *limits)

    key = ApiKey.objects.get()
    assert (key.scopes, key.addresses) == ("read-only", "203.0.113.7/32\n2001:db8::/32")


def test_create_api_key_makes_an_unlimited_key_by_default(run, acme):
    run("create_api_key", "acme", "Nightly import")

    key = ApiKey.objects.get()
    assert (key.scopes, key.addresses, key.expires_at) == ("full", "", None)


def test_a_number_of_days_is_counted_from_when_the_key_is_made(run, acme):
    run("create_api_key", "acme", "Nightly import", "--expires", "90")

    key = ApiKey.objects.get()
    assert key.expires_at - key.created_at == timedelta(days=90)


def test_a_date_counts_to_its_end(run, acme):
    run("create_api_key", "acme", "Nightly import", "--expires", "2090-12-31")

    assert ApiKey.objects.get().expires_at == datetime(2090, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--expires", "soon", r"“soon” is not a number of days or a date\. Write it like 90 or 2030-12-31\."),
        ("--expires", "", "“” is not a number of days or a date"),
        ("--expires", "2090-02-30", "“2090-02-30” is not a number of days or a date"),
        ("--expires", "9" * 20, "is not a number of days or a date"),
        ("--expires", "0", "This time has passed"),
        ("--expires", "2020-12-31", "This time has passed"),
        ("--expires", "40000", "within 100 years"),
        ("--expires", "9000-12-31", "within 100 years"),
        ("--expires", "9999-12-31", "is not a number of days or a date"),
        ("--scope", "write", "There is no scope “write” here"),
        ("--address", "300.1.1.1", "“300.1.1.1” isn’t an IP address or network"),
    ],
)
def test_a_limit_that_is_none_is_one_sentence_and_makes_no_key(run, acme, option, value, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("create_api_key", "acme", "Nightly import", option, value)

    assert not ApiKey.objects.exists()


def test_create_api_key_says_what_is_wrong(run, acme, crm):
    with pytest.raises(CommandError, match="already an active key"):
        run("create_api_key", "acme", "production crm")
    with pytest.raises(CommandError, match=r"There is no account “acne”. Known accounts: acme\."):
        run("create_api_key", "acne", "CRM")
    fill(acme, 25)
    with pytest.raises(CommandError, match="25 keys"):
        run("create_api_key", "acme", "One too many")


def test_list_api_keys_prints_a_line_for_each_key_and_no_secret(run, acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other")

    out, err = run("list_api_keys", "acme")

    assert [line.split("\t")[:3] for line in out.splitlines()] == [
        [other.api_key.public_id, "production", "Other"],
        [crm.api_key.public_id, "production", "Production CRM"],
    ]
    assert "2 active" in err


@pytest.mark.parametrize("form", ["key_id", "public_id"])
def test_delete_api_key_takes_the_id_as_it_is_shown(run, acme, crm, form):
    out, err = run("delete_api_key", "acme", getattr(crm.api_key, form))

    assert ApiKey.objects.get().deleted_at
    assert (out, "Production CRM" in err) == ("", True)


def test_a_key_of_another_account_is_not_found(run, umbrella, crm):
    with pytest.raises(CommandError, match="no such key"):
        run("delete_api_key", "umbrella", crm.api_key.key_id)


@pytest.mark.django_db(transaction=True)
def test_a_failing_command_is_one_sentence_and_exit_status_1():
    done = subprocess.run(
        [sys.executable, "manage.py", "create_api_key", "acme", "CRM"],
        env={**os.environ, "DATABASE_URL": database_url()},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "CommandError: There is no account “acme”. Known accounts: none yet.\n"


@pytest.mark.parametrize("name", ["x" * 101, "Ada\x07"])
def test_an_owners_name_that_no_one_can_have_is_one_sentence(db, name):
    with pytest.raises(CommandError, match=r"at most 100 characters|invisible"):
        call_command("create_account", "Acme", "--owner", "ada@acme.example", "--owner-name", name)

    assert not Account.objects.exists()
