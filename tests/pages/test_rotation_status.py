"""The pages show when each key of a rotated pair was called, and whether the old one still is."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.services import site_accounts
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import accounts, api_keys, rotation, verification
from oncekeys.services.by import By
from oncekeys.services.refusals import Refused
from oncekeys.testing import committed
from tests.pages import KEYS, dialog_of, words

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STILL_CALLED = "The old key is still in use."
NOT_USED = "Not used since the new key took over"


@pytest.fixture
def pair(crm, ada):
    """The old key of Production CRM, which works for another day, and the new one."""
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=DAY).api_key
    return ApiKey.objects.get(pk=crm.api_key.pk), new


def called(key: ApiKey, *, first: timedelta | None = None, last: timedelta, times: int = 1) -> None:
    """Let in from `first` to `last`, which are so long ago."""
    now = timezone.now()
    ApiKey.objects.filter(pk=key.pk).update(first_used_at=now - (first or last), last_used_at=now - last)
    counted(key, times, ago=last)


def counted(key: ApiKey, times: int, *, ago: timedelta = timedelta(), outcome: str = "accepted") -> None:
    KeyUsage.objects.create(api_key=key, hour=hour(timezone.now() - ago), outcome=outcome, calls=times)


def hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def facts(desk) -> str:
    return words(desk.get(KEYS))


# Where the facts are


@pytest.mark.parametrize("where", ["list", "page of the old key", "page of the new key", "delete", "pause", "rotate"])
def test_facts_about_the_pair_are_wherever_it_is_spoken_of(desk, pair, where):
    old, new = pair
    called(old, last=3 * HOUR, times=400)
    called(new, first=5 * HOUR, last=2 * timedelta(minutes=1))
    counted(old, 12, ago=20 * HOUR)
    counted(old, 3, outcome="address_not_allowed")
    ApiKey.objects.filter(pk=old.pk).update(last_used_address="192.0.2.4")
    pages = {
        "list": KEYS,
        "page of the old key": f"{KEYS}keys/{old.key_id}/",
        "page of the new key": f"{KEYS}keys/{new.key_id}/",
        "delete": dialog_of(old, "delete"),
        "pause": dialog_of(old, "pause"),
        "rotate": dialog_of(new, "rotate"),
    }

    page = words(desk.get(pages[where]))

    assert STILL_CALLED in page
    assert "Old key: last request 3 hours ago, from 192.0.2.4. 415 requests in the last 24 hours, 3 refused." in page
    assert "New key: first request 5 hours ago, last request 2 minutes ago." in page


@pytest.mark.parametrize("change", ["deleted new key", "deleted old key", "no rotation"])
def test_a_key_alone_has_no_facts_about_a_pair(desk, ada, crm, change):
    page = f"{KEYS}keys/{crm.api_key.key_id}/"
    if change != "no rotation":
        new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=DAY).api_key
        api_keys.delete(api_key=new if change == "deleted new key" else crm.api_key, by=By(ada))

    for text in (words(desk.get(page)), facts(desk)):
        assert "Old key:" not in text
        assert "New key:" not in text


# What they say


@pytest.mark.parametrize(
    ("old_last", "new_first", "ago"),
    [
        (30 * HOUR, 26 * HOUR, "26 hours ago"),
        (26 * HOUR, 50 * HOUR, "26 hours ago"),
        (30 * HOUR, 2 * HOUR, "2 hours ago"),
        (9 * DAY, 4 * DAY, "4 days ago"),
        (None, 26 * HOUR, "26 hours ago"),
    ],
    ids=["after it", "before it", "today", "days", "never"],
)
def test_old_key_without_calls_is_not_used_since_the_new_took_over(desk, pair, old_last, new_first, ago):
    old, new = pair
    if old_last:
        called(old, last=old_last)
    called(new, first=new_first, last=HOUR)

    page = facts(desk)

    assert f"{NOT_USED}, {ago}" in page
    assert "No requests in the last 24 hours." in page
    assert STILL_CALLED not in page


@pytest.mark.parametrize(("ago", "is_still_called"), [(23 * HOUR, True), (25 * HOUR, False)])
def test_calls_count_for_24_hours(desk, pair, ago, is_still_called):
    old, new = pair
    called(old, last=ago, times=7)
    called(new, last=HOUR)

    page = facts(desk)

    assert (STILL_CALLED in page) == ("7 requests in the last 24 hours." in page) == is_still_called
    assert (NOT_USED in page) == (not is_still_called)


@pytest.mark.parametrize("reason", ["paused key", "disabled account", "ended key"])
def test_refused_calls_are_calls_too(desk, acme, crm, pair, ada, reason):
    old, new = pair
    called(old, last=2 * DAY)
    called(new, last=HOUR)
    if reason == "paused key":
        api_keys.pause(api_key=old, by=By(ada))
    elif reason == "ended key":
        ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now() - HOUR)
    else:
        accounts.disable(account=acme, by=By.system())

    with committed(), pytest.raises(Refused):
        verification.verify(crm.token.reveal())
    site_accounts.enable(account=acme, by=By.system())

    assert STILL_CALLED in facts(desk)
    assert "1 request in the last 24 hours, 1 refused." in facts(desk)


def test_wrong_secrets_are_no_calls_with_the_old_key(desk, pair):
    """Anyone who knows its ID can send them."""
    old, new = pair
    called(new, last=HOUR)
    counted(old, 9, outcome="invalid_key")

    page = facts(desk)

    assert NOT_USED in page
    assert "Old key: not used yet. No requests in the last 24 hours." in page


@pytest.mark.parametrize("change", ["unused", "paused", "expired"])
def test_nothing_is_said_to_have_taken_over_where_the_new_key_is(desk, pair, change):
    _old, new = pair
    if change != "unused":
        called(new, last=HOUR)
        field = {"paused": "paused_at", "expired": "expires_at"}[change]
        ApiKey.objects.filter(pk=new.pk).update(**{field: timezone.now()})

    page = facts(desk)

    assert NOT_USED not in page
    assert STILL_CALLED not in page
    assert ("New key: not used yet." in page) == (change == "unused")


def test_old_key_that_has_ended_says_who_still_calls_with_it(desk, pair):
    old, new = pair
    ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now() - 2 * HOUR)
    called(new, last=HOUR)
    counted(old, 40, outcome="expired_key")

    page = facts(desk)

    assert STILL_CALLED in page
    assert "40 requests in the last 24 hours, 40 refused." in page
    assert "Old key, works until" not in page
