"""Making accounts, and what they may be called."""

from functools import partial

import pytest
from django.core.checks import run_checks
from django.db import connection, transaction

from accounts.models import User
from accounts.services import memberships, site_accounts
from oncekeys.models import Account
from oncekeys.models.names import BadName
from oncekeys.services import accounts
from oncekeys.services.by import By
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


def test_a_name_as_long_as_allowed_is_stored_whole():
    account = site_accounts.create(name="x" * 100, owner_email="ada@acme.example")

    assert account.name == "x" * 100


@pytest.mark.parametrize(
    "name", ["", "x" * 101, "Acme\r\nBcc: eve", "Acme\u202e", "ok_live_7Fh2k9QxYz12_secret", "!!!"]
)
def test_a_name_that_would_mislead_is_refused(name):
    with pytest.raises(BadName):
        site_accounts.create(name=name, owner_email="ada@acme.example")

    assert not Account.objects.exists()


@pytest.mark.parametrize("name", ["", "Acme\r\nBcc: eve"])
def test_an_account_cannot_be_renamed_so_either(acme, ada, name):
    with pytest.raises(BadName):
        accounts.rename(account=acme, by=By(ada), name=name)


def test_an_owner_who_has_a_user_already_keeps_it(acme, ada):
    second = site_accounts.create(name="Second", owner_email="ADA@acme.example")

    assert second.memberships.get().user == ada


@pytest.mark.django_db(transaction=True)
def test_many_made_at_once_for_one_new_owner_have_that_owner():
    def create(name: str) -> User:
        try:
            return site_accounts.create(name=name, owner_email="ada@acme.example").memberships.get().user
        finally:
            connection.close()

    owners = at_once([partial(create, f"Acme {number}") for number in range(8)])

    assert {owner.pk for owner in owners} == {User.objects.get(email="ada@acme.example").pk}


@pytest.mark.django_db(transaction=True)
def test_enabling_and_losing_the_last_owner_cannot_both_happen(acme, ada):
    accounts.disable(account=acme, by=By.system())

    def enable() -> None:
        try:
            site_accounts.enable(account=Account.objects.get(), by=By.system())
        except site_accounts.NoOwner:
            pass
        finally:
            connection.close()

    def switch_off() -> None:
        try:
            with transaction.atomic():
                memberships.check_may_switch_off(ada)
                User.objects.filter(pk=ada.pk).update(is_active=False)
        except memberships.StrandsAccount:
            pass
        finally:
            connection.close()

    at_once([enable, switch_off])

    assert (Account.objects.get().is_enabled, User.objects.get(pk=ada.pk).is_active) in {(True, True), (False, False)}


@pytest.mark.django_db(transaction=True)
def test_of_many_made_at_once_with_one_name_there_is_one():
    def create() -> Account | str:
        try:
            return site_accounts.create(name="Acme", owner_email="ada@acme.example")
        except accounts.SlugTaken as error:
            return str(error)
        finally:
            connection.close()

    said = at_once([create] * 8)

    assert said.count("There is already an account “acme”. Choose another name.") == 7
    assert Account.objects.get() in said


def test_two_owners_of_one_slug_have_accounts_of_their_own(ada):
    slug = f"accounts-user-{ada.pk}"
    Account.objects.create(name="Another", slug=slug, external_id="another:1")

    account = Account.objects.of_owner(ada)

    assert account.slug.startswith(f"{slug}-")
    assert Account.objects.of_owner(ada) == account


def test_an_owner_that_is_not_saved_has_no_account(db):
    with pytest.raises(ValueError, match="has to be saved"):
        Account.objects.of_owner(User(pk=None))


@pytest.mark.parametrize(
    ("setting", "value", "identifier"),
    [
        ("USE_TZ", False, "oncekeys.E010"),
        ("DATABASE_ROUTERS", ["tests.services.test_accounts.Replicas"], "oncekeys.E012"),
        ("MIDDLEWARE", [], "oncekeys.E009"),
        ("ASGI_APPLICATION", "shop.asgi.application", "oncekeys.W003"),
    ],
)
def test_a_project_without_what_keys_need_is_told_so(settings, setting, value, identifier):
    setattr(settings, setting, value)

    assert identifier in [message.id for message in run_checks(tags=["oncekeys"])]


class Replicas:
    def db_for_read(self, model, **hints):
        return "replica"
