"""Making accounts, and what they may be called."""

import pytest
from django.db import connection

from accounts.models import Account
from accounts.models.names import BadName
from accounts.services import accounts
from tests.at_once import at_once

pytestmark = pytest.mark.django_db


def test_a_name_as_long_as_allowed_is_stored_whole():
    account = accounts.create(name="x" * 100, owner_email="ada@acme.example")

    assert account.name == "x" * 100


@pytest.mark.parametrize(
    "name", ["", "x" * 101, "Acme\r\nBcc: eve", "Acme\u202e", "ok_live_7Fh2k9QxYz12_secret", "!!!"]
)
def test_a_name_that_would_mislead_is_refused(name):
    with pytest.raises(BadName):
        accounts.create(name=name, owner_email="ada@acme.example")

    assert not Account.objects.exists()


@pytest.mark.parametrize("name", ["", "Acme\r\nBcc: eve"])
def test_an_account_cannot_be_renamed_so_either(acme, ada, name):
    with pytest.raises(BadName):
        accounts.rename(account=acme, actor=ada, name=name)


def test_an_owner_who_has_a_user_already_keeps_it(acme, ada):
    second = accounts.create(name="Second", owner_email="ADA@acme.example")

    assert second.memberships.get().user == ada


@pytest.mark.django_db(transaction=True)
def test_of_many_made_at_once_with_one_name_there_is_one():
    def create() -> Account | str:
        try:
            return accounts.create(name="Acme", owner_email="ada@acme.example")
        except accounts.SlugTaken as error:
            return str(error)
        finally:
            connection.close()

    said = at_once([create] * 8)

    assert said.count("There is already an account “acme”. Choose another name.") == 7
    assert Account.objects.get() in said
