"""The Delete dialog shows the evidence for and against."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.pages import HTMX, dialog_of, words

pytestmark = pytest.mark.django_db

IN_USE = "This key is in use."


@pytest.fixture
def pair(crm, ada):
    """A key in its grace period, and the one that replaces it."""
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(days=1)).api_key
    crm.api_key.refresh_from_db()
    return crm.api_key, successor


def asked_about(desk, api_key) -> str:
    return words(desk.get(dialog_of(api_key, "delete")))


def called(api_key, *, times: int, ago: timedelta, address: str = "203.0.113.24") -> None:
    at = timezone.now() - ago
    hour = at.replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=api_key, hour=hour, outcome="accepted", calls=times)
    ApiKey.objects.filter(pk=api_key.pk).update(first_used_at=at, last_used_at=at, last_used_address=address)


def test_of_a_busy_key_it_says_loudly_how_busy(desk, crm):
    called(crm.api_key, times=4391, ago=timedelta(0))

    response = desk.get(dialog_of(crm.api_key, "delete"), headers=HTMX)

    assert f"{IN_USE} 4,391 requests today. The last one: just now, from 203.0.113.24." in words(response)


def test_a_key_used_within_a_day_is_in_use_whatever_the_date(desk, crm):
    called(crm.api_key, times=1, ago=timedelta(hours=23))

    assert IN_USE in asked_about(desk, crm.api_key)


def test_of_an_idle_key_it_says_quietly_when_and_from_where_it_was_used(desk, crm):
    called(crm.api_key, times=7, ago=timedelta(days=20))

    response = desk.get(dialog_of(crm.api_key, "delete"), headers=HTMX)

    assert IN_USE not in words(response)
    assert "from 203.0.113.24" in words(response)
    assert "7 requests" in words(response)


def test_of_a_key_never_used_it_says_so(desk, crm):
    page = asked_about(desk, crm.api_key)

    assert "Last used Never" in page
    assert IN_USE not in page


def test_refused_calls_do_not_make_a_key_busy(desk, crm):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=crm.api_key, hour=hour, outcome="paused_key", calls=9)

    assert IN_USE not in asked_about(desk, crm.api_key)


def test_pausing_is_offered_first_and_says_that_it_can_be_undone(desk, crm):
    response = desk.get(dialog_of(crm.api_key, "delete"))

    assert "you can resume it with one click" in words(response)
    assert f'formaction="{dialog_of(crm.api_key, "pause")}"' in response.text
    assert response.text.index("Pause instead") < response.text.index("Delete key")


def test_to_a_paused_key_it_is_not_offered(desk, crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    page = asked_about(desk, crm.api_key)

    assert "Pause instead" not in page
    assert "It’s paused, so requests with it are already refused." in page


def test_of_an_expired_key_it_says_that_nothing_is_lost(desk, crm):
    called(crm.api_key, times=5, ago=timedelta(hours=2))
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(hours=1))

    page = asked_about(desk, crm.api_key)

    assert "It has expired and no longer works." in page
    assert IN_USE not in page
    assert "Pause instead" not in page


def test_of_a_successor_it_says_how_long_the_old_key_works_on(desk, pair):
    old, new = pair

    page = asked_about(desk, new)

    assert f"The key that it replaces, {old.public_id}, works until {old.expires_at:%-d %b %Y, %H:%M}." in page
    assert "After that, neither works." in page


def test_an_ended_old_key_is_not_mentioned(desk, pair):
    old, new = pair
    ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(minutes=1))

    assert "neither works" not in asked_about(desk, new)


def test_of_a_key_in_its_grace_period_it_says_where_nothing_takes_over(desk, pair, ada):
    old, new = pair
    api_keys.delete(api_key=new, by=By(ada))

    assert "so nothing replaces it" in asked_about(desk, old)
