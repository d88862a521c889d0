"""The pages around the keys."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import site_accounts
from oncekeys.models import Account, ApiKey, AuditEvent

pytestmark = pytest.mark.django_db

SETTINGS = "/accounts/acme/settings/"


def test_the_tile_leads_to_the_keys_and_counts_them(signed_in, ada, crm):
    page = signed_in(ada).get(f"{SETTINGS}integrations/")

    assert "1 of 25" in page.text
    assert f'href="{SETTINGS}integrations/apis-webhooks/"' in page.text


def test_the_gear_menu_has_every_part_of_the_settings(signed_in, ada):
    page = signed_in(ada).get("/accounts/acme/").text

    for part in ("", "integrations/", "members/", "activity/"):
        assert f'href="{SETTINGS}{part}"' in page


def test_an_account_can_be_renamed_and_the_log_says_so(signed_in, acme, ada):
    response = signed_in(ada).post(SETTINGS, {"name": "Acme Logistics"}, follow=True)

    assert "The account is now called “Acme Logistics”." in response.text
    event = AuditEvent.objects.get(kind="account.renamed")
    assert (event.actor, event.details) == (ada, {"name": "Acme Logistics", "before": "Acme"})


def test_an_account_must_have_a_name(signed_in, acme, ada):
    response = signed_in(ada).post(SETTINGS, {"name": " "})

    acme.refresh_from_db()
    assert (response.status_code, acme.name) == (422, "Acme")


def test_the_members_are_listed_with_their_roles(signed_in, ada, grace, bob):
    page = signed_in(ada).get(f"{SETTINGS}members/").text

    for fact in ("Ada Lovelace", "Owner", "Grace Hopper", "Admin", "bob@acme.example", "Member"):
        assert fact in page


def test_the_first_page_is_an_account_that_is_open(signed_in, acme, ada):
    second = site_accounts.create(name="Second", owner_email=ada.email)
    Account.objects.filter(pk=acme.pk).update(disabled_at=timezone.now())

    assert signed_in(ada).get("/").headers["Location"] == f"/accounts/{second.slug}/"


def test_an_expired_key_counts_on_neither_page(signed_in, ada, crm):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "0 of 25" in signed_in(ada).get(f"{SETTINGS}integrations/").text
    assert "0 of 25" in signed_in(ada).get(f"{SETTINGS}integrations/apis-webhooks/").text
