"""An account that asks its people for a second step."""

import pytest

from accounts.models import TwoStepRequirement
from accounts.services import account_security
from dev.second_step import switch_on
from oncekeys.models import AuditEvent
from oncekeys.services.by import By
from tests.access.browsers import HTMX
from tests.access.table import ACCOUNT, API_KEYS, PEOPLE, Person
from tests.access.world import World

pytestmark = pytest.mark.django_db

PAGE = "/accounts/acme/settings/"
SECURITY = f"{PAGE}security/"
PAGES = ["/accounts/acme/", PAGE, f"{PAGE}integrations/apis-webhooks/", f"{PAGE}activity/"]
REQUIRED = {"requires_two_step": "on"}


@pytest.fixture
def strict(acme, ada):
    """Return Acme after ada required a second step of everyone."""
    switch_on(ada)
    account_security.require_two_step(account=acme, by=By(ada), required=True)
    return acme


@pytest.mark.parametrize("path", PAGES)
def test_members_without_it_are_led_to_set_it_up(signed_in, strict, grace, path):
    response = signed_in(grace).get(path)

    assert response.headers["Location"] == "/two-step/"


def test_a_dialog_leads_there_too(signed_in, strict, grace):
    response = signed_in(grace).get(f"{PAGE}integrations/apis-webhooks/keys/new/", headers={"HX-Request": "true"})

    assert response.headers["HX-Redirect"] == "/two-step/"


def test_the_page_says_why(signed_in, strict, grace):
    assert "Two-step sign-in is required by Acme." in signed_in(grace).get("/two-step/").text


def test_once_it_is_set_up_the_account_opens(signed_in, strict, grace):
    switch_on(grace)

    assert signed_in(grace).get(PAGE).status_code == 200


def test_the_account_s_keys_go_on_working(client, strict, crm):
    assert client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()}).status_code == 200


def test_other_accounts_are_not_concerned(signed_in, strict, eve):
    assert signed_in(eve).get("/accounts/umbrella/settings/").status_code == 200


def test_an_owner_requires_it_and_makes_it_optional_again(signed_in, prove, acme, ada):
    switch_on(ada)
    browser = prove(signed_in(ada))

    browser.post(SECURITY, REQUIRED)
    required = account_security.is_required(acme)
    browser.post(SECURITY, {})

    assert (required, account_security.is_required(acme)) == (True, False)
    kinds = AuditEvent.objects.filter(actor=ada).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["account.two_step_required", "account.two_step_optional"]


def test_to_require_it_again_says_nothing_new(strict, ada):
    account_security.require_two_step(account=strict, by=By(ada), required=True)

    assert AuditEvent.objects.filter(kind="account.two_step_required").count() == 1


def test_an_owner_without_it_cannot_shut_themselves_out(signed_in, acme, ada):
    response = signed_in(ada).post(SECURITY, REQUIRED)

    assert (response.status_code, account_security.is_required(acme)) == (422, False)
    assert "Switch on two-step sign-in for yourself first." in response.text


def test_an_admin_sees_it_and_cannot_change_it(signed_in, prove, strict, grace):
    switch_on(grace)
    browser = prove(signed_in(grace))

    refused = browser.post(SECURITY, {})

    assert (refused.status_code, account_security.is_required(strict)) == (403, True)
    assert "Only an owner can change that." in browser.get(PAGE).text


def test_a_new_name_does_not_change_it(signed_in, prove, strict, ada):
    prove(signed_in(ada)).post(PAGE, {"name": "Acme Logistics"})

    strict.refresh_from_db()
    assert (strict.name, account_security.is_required(strict)) == ("Acme Logistics", True)


def test_without_it_every_page_leads_to_setting_it_up(db, signed_in):
    world = World()
    TwoStepRequirement.objects.create(account=world.acme.account)
    browser, ids = signed_in(world.acme.admin), world.ids(Person.ADMIN)

    elsewhere = [
        f"{method} {row}"
        for row in [*ACCOUNT, *API_KEYS, *PEOPLE]
        for method in row.answers
        for headers in ({}, HTMX)
        if not leads_to_setup(getattr(browser, method.lower())(row.path.format(**ids), headers=headers))
    ]

    assert elsewhere == []


def leads_to_setup(answer) -> bool:
    return "/two-step/" in (answer.headers.get("Location"), answer.headers.get("HX-Redirect"))
