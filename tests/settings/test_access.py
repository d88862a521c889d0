"""Who may see what."""

import pytest
from django.urls import reverse

from accounts.models import Account, Membership

pytestmark = pytest.mark.django_db

PAGES = ["account_settings", "integrations", "apis_webhooks", "api_key_new", "members", "activity"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("person", ["ada", "grace"])
def test_owners_and_admins_manage(request, signed_in, acme, page, person):
    client = signed_in(request.getfixturevalue(person))

    assert client.get(reverse(page, args=["acme"])).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_member_is_told_whom_to_ask(signed_in, acme, bob, page):
    response = signed_in(bob).get(reverse(page, args=["acme"]))

    assert response.status_code == 403
    assert "Only owners and admins of Acme can open its settings. Ask Ada Lovelace." in response.text


@pytest.mark.parametrize("page", [*PAGES, "account_home"])
def test_a_stranger_finds_nothing(signed_in, acme, eve, page):
    assert signed_in(eve).get(reverse(page, args=["acme"])).status_code == 404


@pytest.mark.parametrize("page", [*PAGES, "account_home"])
def test_a_stranger_cannot_tell_an_account_from_none(signed_in, acme, eve, page):
    there, nowhere = (signed_in(eve).get(reverse(page, args=[slug])) for slug in ("acme", "nowhere"))

    assert there.status_code == nowhere.status_code == 404


@pytest.mark.parametrize("page", [*PAGES, "account_home"])
def test_who_is_signed_out_comes_to_the_sign_in_page_and_back(client, acme, page):
    url = reverse(page, args=["acme"])

    assert client.get(url).headers["Location"] == f"/login/?next={url}"


def test_a_dialog_of_somebody_signed_out_leads_the_whole_page_to_sign_in(client, acme):
    page = reverse("apis_webhooks", args=["acme"])

    response = client.get(
        reverse("api_key_new", args=["acme"]),
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"},
    )

    assert response.headers["HX-Redirect"] == f"/login/?next={page}"


@pytest.mark.parametrize("person", ["bob", "eve"])
def test_who_may_not_see_a_key_may_not_delete_it(request, signed_in, crm, person):
    client = signed_in(request.getfixturevalue(person))

    response = client.post(reverse("api_key_delete", args=["acme", crm.api_key.key_id]))

    crm.api_key.refresh_from_db()
    assert response.status_code in {403, 404}
    assert crm.api_key.deleted_at is None


def test_a_key_is_not_found_through_another_account(signed_in, umbrella, eve, crm):
    response = signed_in(eve).post(reverse("api_key_delete", args=["umbrella", crm.api_key.key_id]))

    assert response.status_code == 404


@pytest.mark.parametrize("key_id", ["a" * 12, "a", "a" * 13, "%00" * 12, "..%2f..%2f..", "é" * 12])
def test_an_unknown_and_a_malformed_key_id_are_not_found(signed_in, ada, key_id):
    url = f"/accounts/acme/settings/integrations/apis-webhooks/keys/{key_id}/delete/"

    assert signed_in(ada).get(url).status_code == 404


@pytest.mark.parametrize("page", ["account_settings", "api_key_new"])
def test_a_post_without_a_csrf_token_changes_nothing(acme, ada, page):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    response = client.post(reverse(page, args=["acme"]), {"name": "Changed", "environment": "production"})

    acme.refresh_from_db()
    assert response.status_code == 403
    assert (acme.name, acme.api_keys.count()) == ("Acme", 0)


def test_a_disabled_account_shows_its_pages_to_nobody(signed_in, acme, ada):
    from django.utils import timezone

    acme.disabled_at = timezone.now()
    acme.save()

    response = signed_in(ada).get(reverse("apis_webhooks", args=["acme"]))

    assert (response.status_code, "This account is disabled" in response.text) == (403, True)


def test_a_bug_is_not_answered_with_not_found(signed_in, ada, monkeypatch):
    def stumble(account: Account) -> None:
        raise Membership.DoesNotExist

    monkeypatch.setattr(Account, "lock", stumble)

    with pytest.raises(Membership.DoesNotExist):
        signed_in(ada).post(reverse("account_settings", args=["acme"]), {"name": "Acme Ltd"})


def test_the_first_page_is_the_account_or_the_sign_in(client, signed_in, ada):
    assert client.get("/").headers["Location"] == "/login/?next=/"
    assert signed_in(ada).get("/").headers["Location"] == "/accounts/acme/"
