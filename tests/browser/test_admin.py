"""The Django admin in a browser: its own styles and scripts keep to the site's content security policy."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from accounts.models import User
from oncekeys.models import ApiKey, AuditEvent


@pytest.fixture
def rosalind(db) -> User:
    return User.objects.create_superuser("rosalind@oncekeys.example", name="Rosalind Franklin")


def test_its_pages_have_styles_and_break_no_rule_of_the_policy(open_as, rosalind, acme, ada, crm):
    group = Group.objects.create(name="Support")
    event = AuditEvent.objects.first()
    places = [
        *("", "oncekeys/account/", "oncekeys/apikey/?q=crm", "oncekeys/auditevent/", "accounts/user/"),
        *(f"{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/" for row in (acme, ada, crm.api_key, event)),
        f"auth/group/{group.pk}/change/",
    ]

    page = open_as(rosalind, "/admin/")

    for place in places:
        assert page.goto(f"/admin/{place}").status == 200
        expect(page.locator("#header")).to_have_css("background-color", "rgb(65, 118, 144)")


@pytest.mark.full  # tests/admin says the same
def test_a_key_is_deleted_from_the_list(open_as, rosalind, acme, crm):
    page = open_as(rosalind, "/admin/oncekeys/apikey/")

    page.locator("[name=_selected_action]").check()
    page.locator("[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_role("button", name="Yes, I’m sure").click()

    expect(page.get_by_text("Successfully deleted 1 API key.")).to_be_visible()
    assert not ApiKey.objects.not_deleted().exists()
