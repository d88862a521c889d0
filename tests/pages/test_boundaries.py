"""Keys at their edges: expired, replaced, named with accents, ending where clocks are changed at midnight."""

import unicodedata
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from oncekeys.models import ApiKey, KeyUsage
from oncekeys.reports import deleted_keys
from oncekeys.services import api_keys, expiry_warnings, rotation
from oncekeys.services.by import By
from tests.pages import KEYS, NEW, dialog_of, words

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_the_name_of_an_expired_key_can_be_given_to_another(acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other").api_key
    ApiKey.objects.filter(pk=crm.api_key.pk).update(expires_at=timezone.now() - DAY)

    api_keys.change(api_key=other, by=By(ada), name="production crm", networks="", scopes=["full"])

    other.refresh_from_db()
    assert other.name == "production crm"


def test_a_call_less_than_an_hour_ago_is_never_rounded_away(acme, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    begun = acme.clock() - timedelta(minutes=110)
    KeyUsage.objects.create(api_key=crm.api_key, hour=begun, outcome="deleted_key", calls=1)

    assert [told.calls for told in deleted_keys.in_account(acme)] == [1]


def test_a_name_is_found_however_its_accents_were_typed(signed_in, acme, ada):
    api_keys.create(account=acme, by=By(ada), name="Café")

    page = signed_in(ada).get(KEYS, {"q": unicodedata.normalize("NFD", "CAFÉ")})

    assert "1 of 1 keys matches" in words(page)


def test_a_key_whose_successor_was_deleted_is_warned_of_again(ada, crm):
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=3 * DAY).api_key
    api_keys.delete(api_key=successor, by=By(ada))

    assert expiry_warnings.send().sent == 1


def test_a_key_whose_successor_was_deleted_can_be_changed(signed_in, ada, crm):
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=3 * DAY).api_key
    api_keys.delete(api_key=successor, by=By(ada))

    answer = signed_in(ada).post(
        dialog_of(crm.api_key, "edit"), {"name": "CRM", "scopes": "read-only", "addresses": ""}
    )

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [
        ("Europe/Berlin", "2027-03-28", "2027-03-28T21:59:59"),
        ("America/Santiago", "2027-04-03", "2027-04-04T03:59:59"),
        ("America/Santiago", "2027-09-04", "2027-09-05T03:59:59"),
        ("Africa/Cairo", "2027-10-28", "2027-10-28T21:59:59"),
        ("America/Havana", "2027-11-06", "2027-11-07T03:59:59"),
    ],
)
def test_a_day_ends_when_it_ends_where_the_clock_is_changed_at_midnight(signed_in, ada, zone, day, ends):
    client = signed_in(ada)
    client.cookies["timezone"] = zone

    client.post(NEW, {"name": "CRM", "environment": "production", "expires": "date", "expires_on": day})

    assert ApiKey.objects.get().expires_at == datetime.fromisoformat(f"{ends}+00:00")
