"""Creating a key: when it is to end, and its limits."""

import re
from datetime import timedelta

import pytest
from django.template import Template
from django.utils import timezone

from dev.keyring import fill
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import KEYS, NEW, markup, words

pytestmark = pytest.mark.django_db

OPEN_DETAILS = re.compile(r"<details[^>]* open\b")

FORM = {"name": "Data warehouse", "environment": "production", "expires": "", "addresses": "", "scopes": ["full"]}


def refused(desk, **change):
    """Return the form's answer."""
    response = desk.post(NEW, {**FORM, **change})
    assert response.status_code == 422
    assert not ApiKey.objects.exists()
    return response


@pytest.mark.parametrize("days", [30, 60, 90, 365])
def test_a_key_can_be_made_to_expire_after_so_many_days(desk, days):
    desk.post(NEW, {**FORM, "expires": str(days)})

    api_key = ApiKey.objects.get()
    assert api_key.expires_at - api_key.created_at == timedelta(days=days)


def test_a_key_never_expires_where_nothing_else_is_said(desk):
    desk.post(NEW, {"name": "Data warehouse", "environment": "production"})

    assert ApiKey.objects.get().expires_at is None


def test_a_chosen_date_ends_with_its_day_in_the_time_zone_of_the_browser(desk):
    desk.cookies["timezone"] = "Asia/Kolkata"

    desk.post(NEW, {**FORM, "expires": "date", "expires_on": "2090-03-31"})

    assert ApiKey.objects.get().expires_at.isoformat() == "2090-03-31T18:29:59+00:00"


def test_the_day_that_is_still_today_for_the_person_can_be_chosen(desk):
    desk.cookies["timezone"] = "Pacific/Pago_Pago"
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(-11 * 60))

    desk.post(NEW, {**FORM, "expires": "date", "expires_on": today.isoformat()})

    assert ApiKey.objects.get().expires_at > timezone.now()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Choose a date."),
        ("tomorrow", "Enter a valid date, such as 2030-12-31."),
        ("2090-02-30", "Enter a valid date"),
        ("2020-01-01", "This time has passed. Choose a later one."),
        ("0001-01-01", "This time has passed."),
        ("9999-12-31", "Choose a date within 100 years"),
    ],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_date_that_cannot_be_is_told_beside_it_and_stays(desk, zone, day, sentence):
    desk.cookies["timezone"] = zone

    response = refused(desk, expires="date", expires_on=day)

    assert sentence in words(response)
    assert f'value="{day}"' in response.text
    assert '<option value="date" selected' in response.text


def test_yesterday_is_judged_by_the_clock_of_the_database(desk, monkeypatch):
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(Account, "clock", lambda account: timezone.now() + timedelta(days=2))

    response = refused(desk, expires="date", expires_on=tomorrow.isoformat())

    assert "This time has passed." in words(response)


def test_a_date_counts_only_where_a_date_was_chosen(desk):
    desk.post(NEW, {**FORM, "expires": "", "expires_on": "nonsense"})

    assert ApiKey.objects.get().expires_at is None


def test_the_date_is_asked_for_in_the_time_zone_that_it_counts_in(desk):
    desk.cookies["timezone"] = "America/New_York"

    assert "Expires at the end of that day (America/New York)." in words(desk.get(NEW))


def test_addresses_are_kept_as_networks(desk):
    desk.post(NEW, {**FORM, "addresses": "203.0.113.7\r\n\r\n 2001:db8::/32 "})

    assert ApiKey.objects.get().addresses == "203.0.113.7/32\n2001:db8::/32"


def test_invalid_addresses_are_named_by_line_and_the_text_stays(desk):
    typed = "203.0.113.7\r\n203.0.113.900\r\n10.0.0.5/8"

    response = refused(desk, addresses=typed)

    assert "Line 2: “203.0.113.900” isn’t an IP address or network." in words(response)
    assert "Line 3: “10.0.0.5/8” is an IP address inside a network." in words(response)
    assert typed in response.text.replace("\r\n", "\n").replace("\n", "\r\n")


def test_a_key_pasted_among_the_addresses_is_not_shown_back(desk, umbrella, eve):
    found = api_keys.create(account=umbrella, by=By(eve), name="CRM").token.reveal()

    response = desk.post(NEW, {**FORM, "addresses": f"203.0.113.7\n{found}"})

    assert response.status_code == 422
    assert "This looks like a key" in words(response)
    assert found[-49:-6] not in response.text


def test_more_than_50_addresses_are_refused(desk):
    response = refused(desk, addresses="\n".join(f"203.0.113.{number}" for number in range(51)))

    assert "Use at most 50 IP addresses: remove 1." in words(response)


def test_a_key_may_do_everything_unless_something_else_is_chosen(desk):
    desk.post(NEW, {"name": "Data warehouse", "environment": "production"})

    assert ApiKey.objects.get().scopes == "full"


@pytest.mark.parametrize(("accepted", "checked"), [(None, "production"), ("staging", "staging")])
def test_the_initial_environment_is_one_the_deployment_accepts(desk, settings, accepted, checked):
    settings.ONCEKEYS_ENVIRONMENT = accepted

    page = desk.get(NEW).text

    (radio,) = [tag for tag in re.findall(r'<input[^>]*name="environment"[^>]*>', page) if "checked" in tag]
    assert f'value="{checked}"' in radio


def test_full_access_needs_the_deployment_to_declare_it(desk, settings):
    settings.ONCEKEYS_SCOPES = ("orders:read", "orders:write")

    assert "There is no scope “full” here." in refused(desk, scopes=["full"]).text


def test_a_key_can_be_limited_to_scopes_that_the_deployment_declares(desk, settings):
    settings.ONCEKEYS_SCOPES = ("orders:read", "orders:write", "full")

    page = words(desk.get(NEW))
    desk.post(NEW, {**FORM, "scopes": ["orders:write", "orders:read"]})

    assert "orders:read" in page
    assert "Full access" in page
    assert ApiKey.objects.get().scopes == "orders:read orders:write"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [([], "Choose at least one scope"), (["moon"], "There is no scope “moon” here.")],
)
def test_scopes_that_cannot_be_are_told_beside_them(desk, chosen, sentence):
    assert sentence in words(refused(desk, scopes=chosen))


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ({"name": ""}, False),
        ({"name": "", "addresses": "203.0.113.7"}, True),
        ({"name": "", "scopes": ["read-only"]}, True),
        ({"addresses": "moon"}, True),
        ({"scopes": []}, True),
    ],
)
def test_more_options_open_for_unusual_or_wrong_values(desk, change, opens):
    response = refused(desk, **change)

    assert bool(OPEN_DETAILS.search(response.text)) is opens


def test_more_options_are_closed_at_first_and_say_where_one_is(desk):
    page = desk.get(NEW, REMOTE_ADDR="203.0.113.7")

    assert not OPEN_DETAILS.search(page.text)
    assert "Your IP address is 203.0.113.7:" in words(page)


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/accounts/acme/", "/accounts/acme/"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_the_way_back_leads_where_the_link_said_but_never_to_another_site(desk, acme, wanted, leads):
    page = desk.get(NEW, {"next": wanted})

    assert f'href="{leads or KEYS}">Cancel' in markup(page)


# All that is wrong, at once


def test_a_taken_name_and_a_date_that_passed_are_told_together(desk, crm):
    response = desk.post(NEW, {**FORM, "name": "production crm", "expires": "date", "expires_on": "2020-01-01"})

    assert response.status_code == 422
    assert "There is already an active key called “production crm”. Choose another name." in words(response)
    assert "This time has passed. Choose a later one." in words(response)


def test_every_field_says_what_is_wrong_with_it(desk):
    date = {"expires": "date", "expires_on": "2020-01-01"}

    said = words(refused(desk, name="C\u200bRM", addresses="nowhere", scopes=["all"], **date))

    assert "invisible characters" in said
    assert "This time has passed." in said
    assert "Line 1: “nowhere” isn’t an IP address or network." in said
    assert "There is no scope “all” here." in said


def test_a_full_account_is_told_beside_what_else_is_wrong(desk, acme):
    fill(acme, 25)

    response = desk.post(NEW, {**FORM, "name": " "})

    assert "Enter a name." in words(response)
    assert words(response).count("already has 25 keys") == 1


def test_the_name_of_an_expired_key_is_free(desk, crm):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(days=1))

    assert desk.post(NEW, {**FORM, "name": "Production CRM"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "dialog"])
def test_at_25_keys_the_address_of_the_form_says_so_instead(desk, acme, headers):
    fill(acme, 25)

    response = desk.get(NEW, headers=headers)

    assert response.status_code == 200
    assert "This account already has 25 keys, which is all it can have. Delete one" in words(response)
    assert "API Key Name" not in response.text


def test_form_compiles_no_template_twice(desk, monkeypatch):
    compiled = []
    compile_nodelist = Template.compile_nodelist
    desk.get(NEW)
    monkeypatch.setattr(Template, "compile_nodelist", lambda each: compiled.append(each.name) or compile_nodelist(each))

    desk.get(NEW)

    assert compiled == []
