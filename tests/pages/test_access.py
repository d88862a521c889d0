"""The refusal that people without access read. The access matrix tests who has access."""

import pytest
from django.utils import timezone

from accounts.models import Membership
from oncekeys.models import Account
from tests.pages import KEYS, NEW

pytestmark = pytest.mark.django_db


def test_a_member_reads_which_owner_to_ask(signed_in, acme, bob):
    response = signed_in(bob).get(KEYS)

    assert "Only owners and admins of Acme can open its settings. Ask Ada Lovelace." in response.text


def test_signing_in_leads_back_to_the_page(client, acme):
    assert client.get(KEYS).headers["Location"] == f"/login/?next={KEYS}"


def test_a_dialog_sends_the_whole_page_to_sign_in(client, acme):
    response = client.get(NEW, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{KEYS}"})

    assert response.headers["HX-Redirect"] == f"/login/?next={KEYS}"


@pytest.mark.parametrize("key_id", ["a" * 12, "a", "a" * 13, "%00" * 12, "..%2f..%2f..", "é" * 12])
def test_an_unknown_and_a_malformed_key_id_are_not_found(signed_in, ada, key_id):
    assert signed_in(ada).get(f"{KEYS}keys/{key_id}/delete/").status_code == 404


def test_a_disabled_account_shows_no_pages(signed_in, acme, ada):
    acme.disabled_at = timezone.now()
    acme.save()

    assert "This account is disabled" in signed_in(ada).get(KEYS).text


def test_a_bug_is_not_answered_with_not_found(signed_in, ada, monkeypatch):
    def stumble(account: Account) -> None:
        raise Membership.DoesNotExist

    monkeypatch.setattr(Account, "lock", stumble)

    with pytest.raises(Membership.DoesNotExist):
        signed_in(ada).post("/accounts/acme/settings/", {"name": "Acme Ltd"})


def test_the_first_page_is_the_account_or_the_sign_in(client, signed_in, ada):
    assert client.get("/").headers["Location"] == "/login/?next=/"
    assert signed_in(ada).get("/").headers["Location"] == "/accounts/acme/"
