"""Narrower limits that would refuse a caller of a key in use are asked about, once."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from oncekeys.models import ApiKey, AuditEvent, KeyAddress
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.pages import HTMX, NEW, dialog_of, words

pytestmark = pytest.mark.django_db

FORM = {"name": "Production CRM", "addresses": "", "scopes": ["full"]}
BUTTON = re.compile(r'name="(add|anyway)" value="([^"]*)"')


def called(api_key: ApiKey, *, ago: timedelta, address: str = "192.0.2.4") -> None:
    at = timezone.now() - ago
    KeyAddress.objects.create(api_key=api_key, address=address, last_seen_at=at)
    ApiKey.objects.filter(pk=api_key.pk).update(first_used_at=at, last_used_at=at, last_used_address=address)


def save(desk, api_key: ApiKey, **change):
    return desk.post(dialog_of(api_key, "edit"), {**FORM, **change})


def answers(response) -> dict[str, str]:
    """Return what the question's buttons send."""
    return {name: html.unescape(value) for name, value in BUTTON.findall(response.text)}


def test_shutting_out_a_caller_asks_and_names_it(desk, crm):
    called(crm.api_key, ago=timedelta(minutes=31))

    response = save(desk, crm.api_key, name="CRM", addresses="10.9.9.9")

    assert response.status_code == 422
    assert "192.0.2.4 used this key 31 minutes ago and would be refused." in words(response)
    for button in ("Add it and save", "Save anyway"):
        assert button in words(response)
    assert 'value="CRM"' in response.text
    assert "10.9.9.9</textarea>" in response.text
    assert not AuditEvent.objects.filter(kind="api_key.changed").exists()


def test_add_it_lets_the_caller_in_and_saves(desk, crm):
    called(crm.api_key, ago=timedelta(minutes=31))
    asked = save(desk, crm.api_key, addresses="10.9.9.9")

    save(desk, crm.api_key, addresses="10.9.9.9", add=answers(asked)["add"])

    assert ApiKey.objects.get().addresses == "10.9.9.9/32\n192.0.2.4/32"


def test_save_anyway_saves_and_asks_once(desk, crm):
    called(crm.api_key, ago=timedelta(minutes=31))
    asked = save(desk, crm.api_key, addresses="10.9.9.9")

    save(desk, crm.api_key, addresses="10.9.9.9", anyway=answers(asked)["anyway"])
    again = save(desk, crm.api_key, name="CRM", addresses="10.9.9.9")

    assert again.status_code == 302
    assert ApiKey.objects.get().addresses == "10.9.9.9/32"


def test_saying_yes_to_one_caller_is_not_yes_to_another(desk, crm):
    called(crm.api_key, ago=timedelta(minutes=31))
    yes = answers(save(desk, crm.api_key, addresses="10.9.9.9"))["anyway"]
    called(crm.api_key, ago=timedelta(minutes=1), address="198.51.100.7")

    response = save(desk, crm.api_key, addresses="10.9.9.9", anyway=yes)

    assert response.status_code == 422
    assert "198.51.100.7 used this key 1 minute ago" in words(response)


@pytest.mark.parametrize(
    ("ago", "addresses"),
    [(timedelta(minutes=31), "192.0.2.0/24"), (timedelta(days=31), "10.9.9.9")],
    ids=["still-allowed", "long-ago"],
)
def test_nothing_is_asked_where_no_recent_caller_is_shut_out(desk, crm, ago, addresses):
    called(crm.api_key, ago=ago)

    assert save(desk, crm.api_key, addresses=addresses).status_code == 302


def test_a_caller_that_was_shut_out_before_is_not_asked_about_again(desk, acme, ada):
    api_key = api_keys.create(account=acme, by=By(ada), name="CRM", networks="10.0.0.0/8").api_key
    called(api_key, ago=timedelta(minutes=31))

    assert save(desk, api_key, addresses="10.1.0.0/16").status_code == 302


def test_taking_scopes_from_a_key_in_use_is_asked_about(desk, crm):
    called(crm.api_key, ago=timedelta(minutes=3))

    asked = save(desk, crm.api_key, scopes=["read-only"])
    done = save(desk, crm.api_key, scopes=["read-only"], anyway=answers(asked)["anyway"])

    assert asked.status_code == 422
    assert "192.0.2.4 used this key 3 minutes ago and would lose a scope: full" in words(asked)
    assert done.status_code == 302
    assert ApiKey.objects.get().scopes == "read-only"


@pytest.mark.parametrize("grace", [timedelta(days=1), timedelta()])
def test_a_caller_of_the_old_key_is_asked_about_too(desk, ada, crm, grace):
    called(crm.api_key, ago=timedelta(minutes=31))
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=grace).api_key

    asked = save(desk, new, addresses="10.9.9.9", scopes=["read-only"])

    assert asked.status_code == 422
    assert "192.0.2.4 used the old key 31 minutes ago and would be refused with this one." in words(asked)
    assert "The old key is in use. With this one, its application would lose a scope: full" in words(asked)
    assert 'data-adds="192.0.2.4"' in asked.text


def test_a_caller_of_a_deleted_old_key_is_not_asked_about(desk, ada, crm):
    called(crm.api_key, ago=timedelta(minutes=31))
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key
    called(new, ago=timedelta(minutes=2), address="10.9.9.9")
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert save(desk, new, addresses="10.9.9.9").status_code == 302


def test_who_presents_a_deleted_key_is_not_offered(desk, ada, crm):
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta()).api_key
    called(crm.api_key, ago=timedelta(seconds=-2), address="198.51.100.66")

    assert "198.51.100.66" not in desk.get(dialog_of(new, "edit")).text


def test_an_ip_address_that_called_with_both_keys_is_named_once(desk, ada, crm):
    called(crm.api_key, ago=timedelta(minutes=31))
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key
    called(new, ago=timedelta(minutes=2))

    assert words(save(desk, new, addresses="10.9.9.9")).count("192.0.2.4 used") == 1


def test_edit_offers_the_ip_addresses_that_called_lately(desk, crm):
    called(crm.api_key, ago=timedelta(minutes=31))

    page = desk.get(dialog_of(crm.api_key, "edit"), headers=HTMX, REMOTE_ADDR="203.0.113.9")

    assert "Your IP address is 203.0.113.9: Add" in words(page)
    assert "Used from 192.0.2.4, 31 minutes ago: Add" in words(page)
    assert 'data-adds="192.0.2.4"' in page.text


def test_create_offers_the_readers_own_ip_address(desk):
    page = desk.get(NEW, headers=HTMX, REMOTE_ADDR="203.0.113.9")

    assert "Your IP address is 203.0.113.9: Add" in words(page)
