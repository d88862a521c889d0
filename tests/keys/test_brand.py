"""The brand of a project's keys, and the one it had before."""

import pytest
from django.core.checks import run_checks
from django.test import Client

from oncekeys.keys.masking import mask
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import KEYS

pytestmark = pytest.mark.django_db

TEST = "/api/v1/test"


@pytest.fixture
def rebranded(crm, settings):
    """The key `crm` is of the brand before."""
    settings.ONCEKEYS_BRAND, settings.ONCEKEYS_FORMER_BRANDS = "acme", ["ok"]


@pytest.fixture
def new(rebranded, acme, ada):
    return api_keys.create(account=acme, by=By(ada), name="Warehouse")


def ask(key):
    return Client().get(TEST, headers={"API-Key": key})


def test_a_new_key_has_the_brand_and_works(new):
    key = new.token.reveal()

    assert key.startswith("acme_live_")
    assert ask(key).json()["key"]["name"] == "Warehouse"


def test_a_key_of_the_brand_before_goes_on_working(rebranded, crm):
    assert ask(crm.token.reveal()).json()["key"]["name"] == "Production CRM"


def test_a_key_of_a_brand_that_is_not_listed_is_malformed(rebranded, crm, settings):
    settings.ONCEKEYS_FORMER_BRANDS = []

    assert ask(crm.token.reveal()).json()["code"] == "malformed_key"


def test_pages_show_each_key_with_its_own_brand(new, crm, signed_in, ada):
    page = signed_in(ada).get(KEYS).text

    assert new.api_key.public_id.startswith("acme_live_")
    assert new.api_key.public_id in page
    assert f"ok_live_{crm.api_key.key_id}" in page


def test_the_dialog_says_what_a_new_key_starts_with(rebranded, signed_in, ada):
    assert "Starts with <code>acme_live_</code>" in signed_in(ada).get(f"{KEYS}keys/new/").text


def test_a_diagnosis_names_the_brand(new):
    key = new.token.reveal()

    assert "begin with acme_live_ or acme_test_" in ask("sk_live_123").json()["detail"]
    assert "it is missing 1 character." in ask(key[:-1]).json()["detail"]


def test_keys_of_both_brands_are_masked(new, crm):
    for key in (new.token.reveal(), crm.token.reveal()):
        assert key not in mask(f"sent {key}")


@pytest.mark.parametrize("brand", ["Acme", "a", "with_underscore", "thirteen-characters", ""])
def test_a_brand_that_no_key_could_have_is_refused(settings, brand):
    settings.ONCEKEYS_FORMER_BRANDS = [brand]

    assert "oncekeys.E008" in [message.id for message in run_checks(tags=["oncekeys"])]
