"""A form that was opened before someone else's change doesn't undo it."""

import re

import pytest

from accounts.models import Membership, Role, TwoStepRequirement, User
from accounts.services import account_security
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import HTMX, dialog_of, words

pytestmark = pytest.mark.django_db

FORM = {"name": "Production CRM", "addresses": "", "scopes": ["full"]}
SETTINGS = "/accounts/acme/settings/"
PROFILE = "/profile/"
HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)"(?: value="([^"]*)")?')


@pytest.fixture
def other(signed_in, grace):
    """Grace's browser."""
    return signed_in(grace)


def shown(client, page: str, form: str = "") -> dict[str, str]:
    """Return the hidden fields of the form that posts to `form`."""
    html = client.get(page).text
    return dict(HIDDEN.findall(html[html.index(f'action="{form}"') if form else 0 :]))


def open_edit(client, api_key) -> dict[str, str]:
    return shown(client, dialog_of(api_key, "edit"))


def test_an_outdated_edit_is_422_and_says_who_changed_what(desk, other, crm):
    edit = dialog_of(crm.api_key, "edit")
    seen = open_edit(desk, crm.api_key)
    other.post(edit, {**FORM, **open_edit(other, crm.api_key), "addresses": "10.0.0.0/8", "scopes": ["read-only"]})

    response = desk.post(edit, {**FORM, **seen, "name": "Quarterly"}, headers=HTMX)

    assert response.status_code == 422
    assert "This was changed while you were editing." in words(response)
    assert "just now, Grace Hopper: Allowed IP addresses changed from anywhere to 10.0.0.0/8." in words(response)
    row = ApiKey.objects.get()
    assert (row.name, row.addresses, row.scopes) == ("Production CRM", "10.0.0.0/8", "read-only")


def test_what_was_typed_stays_and_what_was_left_alone_is_as_it_is_now(desk, other, crm):
    edit = dialog_of(crm.api_key, "edit")
    seen = open_edit(desk, crm.api_key)
    other.post(edit, {**FORM, **open_edit(other, crm.api_key), "addresses": "10.0.0.0/8"})

    response = desk.post(edit, {**FORM, **seen, "name": "Quarterly"}, headers=HTMX)
    again = dict(HIDDEN.findall(response.text))
    desk.post(edit, {**FORM, **again, "name": "Quarterly", "addresses": "10.0.0.0/8"})

    assert 'value="Quarterly"' in response.text
    assert "10.0.0.0/8</textarea>" in response.text
    row = ApiKey.objects.get()
    assert (row.name, row.addresses) == ("Quarterly", "10.0.0.0/8")


def test_what_both_changed_stays_as_it_was_typed(desk, other, crm):
    edit = dialog_of(crm.api_key, "edit")
    seen = open_edit(desk, crm.api_key)
    other.post(edit, {**FORM, **open_edit(other, crm.api_key), "addresses": "10.0.0.0/8"})

    response = desk.post(edit, {**FORM, **seen, "addresses": "192.0.2.0/24"})

    assert response.status_code == 422
    assert "192.0.2.0/24</textarea>" in response.text


def test_two_changes_by_one_reader_do_not_conflict(desk, crm):
    edit = dialog_of(crm.api_key, "edit")
    desk.post(edit, {**FORM, **open_edit(desk, crm.api_key), "name": "One"})

    desk.post(edit, {**FORM, **open_edit(desk, crm.api_key), "name": "Two"})

    assert ApiKey.objects.get().name == "Two"


def test_a_rotation_or_a_pause_outdates_no_form(desk, crm, ada):
    seen = open_edit(desk, crm.api_key)
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    response = desk.post(dialog_of(crm.api_key, "edit"), {**FORM, **seen, "name": "CRM"})

    assert response.status_code == 302


def test_an_outdated_name_of_the_account_is_422(desk, other, acme):
    seen = shown(desk, SETTINGS)
    other.post(SETTINGS, {**shown(other, SETTINGS), "name": "Acme Logistics"})

    response = desk.post(SETTINGS, {**seen, "name": "Acme Ltd"})

    assert response.status_code == 422
    assert "Grace Hopper: Renamed from “Acme” to “Acme Logistics”." in words(response)
    assert 'value="Acme Ltd"' in response.text
    assert Account.objects.get(pk=acme.pk).name == "Acme Logistics"


def test_an_outdated_decision_on_two_steps_is_422(desk, acme, grace):
    Membership.objects.filter(user=grace).update(role=Role.OWNER)
    form = f"{SETTINGS}security/"
    seen = shown(desk, SETTINGS, form)
    TwoStepRequirement.objects.create(account=acme)
    account_security.require_two_step(account=acme, by=By(grace), required=False)

    response = desk.post(form, seen)

    assert response.status_code == 422
    assert "Grace Hopper: Two-step sign-in made optional" in words(response)


def test_an_outdated_role_is_422(desk, signed_in, grace, bob):
    Membership.objects.filter(user=grace).update(role=Role.OWNER)
    membership = Membership.objects.get(user=bob)
    page = f"{SETTINGS}members/{membership.pk}/role/"
    seen = dict(HIDDEN.findall(desk.get(page, headers=HTMX).text))
    signed_in(grace).post(page, {"role": "owner"})

    response = desk.post(page, {**seen, "role": "admin"}, headers=HTMX)

    assert response.status_code == 422
    assert "Grace Hopper: Member → Owner" in re.sub(r"bob@acme.example · ", "", words(response))
    membership.refresh_from_db()
    assert membership.role == Role.OWNER


def test_an_outdated_profile_is_422_and_undoes_nothing(desk, ada):
    about = f"{PROFILE}person/"
    seen = shown(desk, PROFILE, about)
    desk.post(about, {"name": "Ada Lovelace", "language": "", "time_zone": "Asia/Tokyo"})

    response = desk.post(about, {**seen, "name": "Ada King", "language": "", "time_zone": ""})

    assert response.status_code == 422
    assert "Your profile was changed in another window: Time zone." in words(response)
    assert 'value="Ada King"' in response.text
    assert '<option value="Asia/Tokyo" selected>' in response.text
    ada.refresh_from_db()
    assert (ada.name, ada.time_zone) == ("Ada Lovelace", "Asia/Tokyo")
    again = dict(HIDDEN.findall(response.text[response.text.index(f'action="{about}"') :]))
    desk.post(about, {**again, "name": "Ada King", "language": "", "time_zone": "Asia/Tokyo"})
    assert User.objects.get(pk=ada.pk).name == "Ada King"


def test_outdated_mail_choices_are_422(desk, ada):
    seen = shown(desk, PROFILE, PROFILE)
    desk.post(PROFILE, {})

    response = desk.post(PROFILE, {**seen, "wants_key_mail": "on"})

    assert response.status_code == 422
    ada.refresh_from_db()
    assert not ada.wants_key_mail
