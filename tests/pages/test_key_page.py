"""A key's own page, as a browser without JavaScript sees it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from oncekeys.models import ApiKey, AuditKind, KeyAddress, KeyUsage, Outcome
from oncekeys.services import api_keys, audit, rotation
from oncekeys.services.by import By
from oncekeys.services.refusals import Code
from tests.pages import markup, words

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def page_of(api_key: ApiKey, account: str = "acme") -> str:
    return reverse("oncekeys:api_key", args=[account, api_key.key_id])


def used(api_key: ApiKey, *, ago: timedelta = timedelta(), outcome: str = "accepted", calls: int = 1) -> None:
    """Record this many calls at noon of that day, or in this hour."""
    now = timezone.now()
    hour = (now - ago).replace(hour=12) if ago >= DAY else now
    hour = hour.replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=api_key, hour=hour, outcome=outcome, calls=calls)


def test_the_page_says_all_that_is_known_of_a_key_but_its_secret(desk, acme, ada):
    created = api_keys.create(
        account=acme, by=By(ada), name="Importer", networks="203.0.113.7\n2001:db8::/32", scopes=["read-only"]
    )

    response = desk.get(page_of(created.api_key))

    facts = ("Importer", "Production", created.api_key.public_id, "Not used yet", "by Ada Lovelace", "read-only")
    assert [fact for fact in (*facts, "203.0.113.7", "2001:db8::/32") if fact not in words(response)] == []
    assert "203.0.113.7/32" not in response.text
    assert created.token.reveal()[-49:-6] not in response.text


@pytest.mark.parametrize(
    ("fields", "standing", "actions"),
    [
        ({}, "Not used yet", {"rotate", "pause", "edit", "delete"}),
        ({"first_used_at": timezone.now()}, "Active", {"rotate", "pause", "edit", "delete"}),
        ({"paused_at": timezone.now()}, "Paused", {"rotate", "resume", "edit", "delete"}),
        ({"expires_at": timezone.now() - DAY}, "Expired", {"delete"}),
        (
            {"created_at": timezone.now() - DAY, "expires_at": timezone.now() + DAY},
            "Expires soon",
            {"rotate", "pause", "edit", "delete"},
        ),
    ],
    ids=["unused", "active", "paused", "expired", "expiring"],
)
def test_a_key_can_be_done_what_its_state_allows(desk, crm, fields, standing, actions):
    ApiKey.objects.update(**fields)

    response = desk.get(page_of(crm.api_key))

    assert re.search(rf"Production CRM ?{standing} ?Production", words(response))
    assert actions_in(response, crm.api_key) == actions


def actions_in(response, api_key) -> set[str]:
    """The dialogs about the key that the page leads to."""
    return set(re.findall(rf'(?:href|action)="[^"]*{api_key.key_id}/(\w+)/', response.text))


def test_a_dialog_opened_without_scripts_knows_the_way_back(desk, crm):
    page = page_of(crm.api_key)

    response = desk.get(page)

    assert f"{reverse('oncekeys:api_key_delete', args=['acme', crm.api_key.key_id])}?next={page}" in response.text


def test_a_deleted_key_keeps_its_page_and_loses_its_actions(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    response = desk.get(page_of(crm.api_key))

    assert f"Deleted on {timezone.now().day}" in words(response)
    assert "This key no longer works." in words(response)
    assert "API key deleted" in words(response)
    assert actions_in(response, crm.api_key) == set()


def test_a_key_and_its_successor_lead_to_each_other(desk, ada, crm):
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=HOUR).api_key

    old, new = desk.get(page_of(crm.api_key)), desk.get(page_of(successor))

    assert "Replaced by" in words(old)
    assert page_of(successor) in old.text
    assert "Being replaced" in words(old)
    assert actions_in(old, crm.api_key) == {"pause", "delete"}
    assert "Replaces" in words(new)
    assert page_of(crm.api_key) in new.text


def test_each_of_the_last_30_days_has_its_calls(desk, crm):
    used(crm.api_key, calls=7)
    used(crm.api_key, ago=3 * DAY, calls=1200)
    used(crm.api_key, ago=3 * DAY, calls=4, outcome=Code.PAUSED_KEY)
    used(crm.api_key, ago=29 * DAY, calls=5)
    used(crm.api_key, ago=31 * DAY, calls=10_000)

    response = desk.get(page_of(crm.api_key))

    assert "7 today · 1,212 in the last 30 days · 4 refused" in words(response)
    days = numbers_in(response)
    assert len(days) == 30
    assert (days[0], days[3], days[29]) == (("Today", "7", "0"), (days[3][0], "1,200", "4"), (days[29][0], "5", "0"))
    assert sum(calls == "0" for _, calls, _ in days) == 27


def numbers_in(response) -> list[tuple[str, ...]]:
    """The rows of the table, today first."""
    return re.findall(r'<tr><th scope="row">([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td></tr>', markup(response))


@pytest.mark.parametrize(
    ("asked", "days"), [("", 30), ("7", 7), ("30", 30), ("90", 90), ("8", 30), ("x", 30), ("-1", 30)]
)
def test_the_chart_has_as_many_days_as_asked(desk, crm, asked, days):
    used(crm.api_key, calls=3)
    used(crm.api_key, ago=6 * DAY, calls=40)
    used(crm.api_key, ago=29 * DAY, calls=500)
    used(crm.api_key, ago=89 * DAY, calls=6000)

    response = desk.get(page_of(crm.api_key), {"days": asked})

    assert len(numbers_in(response)) == days
    total = {7: "43", 30: "543", 90: "6,543"}[days]
    assert f"{total} in the last {days} days" in words(response)
    assert re.findall(r'aria-current="true">(\d+ days)', markup(response)) == [f"{days} days"]


def test_the_chart_shows_refusals_across_rotations(desk, ada, crm):
    used(crm.api_key, ago=2 * DAY, outcome=Code.ADDRESS_NOT_ALLOWED, calls=9)
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(0)).api_key
    used(successor, outcome=Code.PAUSED_KEY, calls=2)

    response = desk.get(page_of(successor))

    assert [refused for _, _, refused in numbers_in(response)[:3]] == ["2", "0", "9"]
    assert "9 × IP address not allowed" not in words(response)


@pytest.mark.parametrize(
    ("most", "axis"),
    [
        (0, ["1", "0"]),
        (1, ["1", "0"]),
        (9, ["10", "5", "0"]),
        (13_587, ["15,000", "10,000", "5,000", "0"]),
        (20_000, ["20,000", "15,000", "10,000", "5,000", "0"]),
    ],
)
def test_the_scale_fits_the_busiest_day(desk, crm, most, axis):
    used(crm.api_key, calls=max(most, 1), outcome="accepted" if most else Code.PAUSED_KEY)

    scale = markup(desk.get(page_of(crm.api_key))).partition("usage-chart__scale")[2].partition("</div>")[0]

    assert re.findall(r"<span>([\d,]+)</span>", scale) == axis


@pytest.mark.parametrize(("zone", "age"), [("UTC", 1), ("Asia/Tokyo", 0), ("America/Los_Angeles", 1)])
def test_a_day_is_one_of_the_person_who_looks(desk, crm, zone, age):
    midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=crm.api_key, hour=midnight - 4 * HOUR, outcome="accepted", calls=9)
    desk.cookies["timezone"] = zone

    history = desk.get(page_of(crm.api_key)).context["history"]

    assert [day.date for day in history.days if day.accepted == 9] == [midnight.date() - age * DAY]


def test_today_follows_the_database_when_the_process_is_off(settings, signed_in, ada, crm, monkeypatch):
    settings.SESSION_COOKIE_AGE = 30 * DAY.total_seconds()  # the session must outlive the wrong clock
    desk = signed_in(ada)
    used(crm.api_key, calls=3)
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + 5 * DAY)

    history = desk.get(page_of(crm.api_key)).context["history"]

    assert history.today.accepted == 3


def test_refusals_are_told_in_words_with_what_to_do(desk, crm):
    ApiKey.objects.update(paused_at=timezone.now())
    used(crm.api_key, outcome=Code.PAUSED_KEY, calls=12)
    used(crm.api_key, ago=2 * DAY, outcome=Code.INVALID_KEY, calls=2)
    used(crm.api_key, ago=3 * DAY, outcome=Code.INVALID_KEY, calls=1)
    used(crm.api_key, ago=40 * DAY, outcome=Code.EXPIRED_KEY, calls=99)

    page = words(desk.get(page_of(crm.api_key)))

    assert "12 × paused Resume the key to accept these requests." in page
    assert "3 × wrong secret Check the key in your application." in page
    assert page.index("12 × paused") < page.index("3 × wrong secret")
    assert "expired" not in page


def test_a_pause_that_is_over_asks_for_nothing(desk, crm):
    used(crm.api_key, outcome=Code.PAUSED_KEY, calls=12)

    page = words(desk.get(page_of(crm.api_key)))

    assert "12 × paused Nothing to do: the key is no longer paused." in page


@pytest.mark.parametrize(
    "code",
    [
        Code.PAUSED_KEY,
        Code.EXPIRED_KEY,
        Code.INVALID_KEY,
        Code.WRONG_ENVIRONMENT,
        Code.ADDRESS_NOT_ALLOWED,
        Code.INSUFFICIENT_SCOPE,
        Outcome.ACCOUNT_DISABLED,
    ],
)
def test_every_refusal_that_is_counted_has_words(desk, crm, code):
    used(crm.api_key, outcome=code)

    assert code not in words(desk.get(page_of(crm.api_key)))


ENDED, PAUSED = {"expires_at": timezone.now() - HOUR}, {"paused_at": timezone.now()}


@pytest.mark.parametrize(
    ("fields", "outcome", "advice"),
    [
        ({}, Code.ADDRESS_NOT_ALLOWED, "If the caller is yours, choose Edit and add its IP address."),
        ({}, Outcome.ACCOUNT_DISABLED, "Nothing to do: the account is enabled again."),
        (PAUSED, Code.PAUSED_KEY, "Resume the key to accept these requests."),
        (PAUSED, Outcome.ACCOUNT_DISABLED, "Nothing to do: the account is enabled again."),
        (ENDED, Code.ADDRESS_NOT_ALLOWED, "If the caller is yours, create a new key for it."),
        (ENDED, Code.PAUSED_KEY, "If the caller is yours, create a new key for it."),
        (PAUSED | ENDED, Code.EXPIRED_KEY, "If the caller is yours, create a new key for it."),
    ],
)
def test_each_refusal_comes_with_advice_that_can_be_followed(desk, crm, fields, outcome, advice):
    ApiKey.objects.filter(pk=crm.api_key.pk).update(**fields)
    used(crm.api_key, outcome=outcome)

    assert advice_in(desk.get(page_of(crm.api_key))) == advice


@pytest.mark.parametrize("fields", [{}, PAUSED, ENDED], ids=["works", "paused", "ended"])
@pytest.mark.parametrize(
    "outcome", [Code.PAUSED_KEY, Code.EXPIRED_KEY, Code.INSUFFICIENT_SCOPE, Outcome.ACCOUNT_DISABLED]
)
def test_callers_of_an_old_key_are_always_switched_to_the_new_one(desk, ada, crm, fields, outcome):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=HOUR)
    ApiKey.objects.filter(pk=crm.api_key.pk).update(**fields)
    used(crm.api_key, outcome=outcome)

    assert advice_in(desk.get(page_of(crm.api_key))) == "If the caller is yours, switch it to the new key."


def advice_in(response) -> str:
    (told,) = re.findall(r"1 × [^<]*</strong>\s*<span>([^<]*)</span>", response.text)
    return str(told).strip()


def test_calls_with_a_deleted_key_point_to_an_application(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    used(crm.api_key, outcome=Outcome.DELETED, calls=30)
    KeyAddress.objects.create(api_key=crm.api_key, address="203.0.113.9", last_seen_at=timezone.now() + HOUR)

    page = words(desk.get(page_of(crm.api_key)))

    assert "30 × deleted, or wrong secret If the caller is yours, create a new key for it." in page
    assert re.search(r"203\.0\.113\.9 ?[^,]*, after it was deleted", page)


def test_the_last_five_addresses_stand_latest_first(desk, crm):
    now = timezone.now()
    for number in range(1, 7):
        KeyAddress.objects.create(
            api_key=crm.api_key, address=f"203.0.113.{number}", last_seen_at=now - number * timedelta(minutes=10)
        )

    addresses = re.findall(r"203\.0\.113\.\d", words(desk.get(page_of(crm.api_key))))

    assert addresses == [f"203.0.113.{number}" for number in range(1, 6)]


def test_its_last_ten_events_lead_to_all_of_them(desk, acme, ada, crm):
    for number in range(12):
        audit.record(AuditKind.API_KEY_PAUSED, account=acme, by=By(ada), api_key=crm.api_key, name=f"Event {number}")
    api_keys.create(account=acme, by=By(ada), name="Another")

    response = desk.get(page_of(crm.api_key))

    assert re.findall(r"Event \d+", words(response)) == [f"Event {number}" for number in range(11, 1, -1)]
    assert "Another" not in words(response)
    assert f'{reverse("oncekeys:activity", args=["acme"])}?key={crm.api_key.key_id}"' in response.text


def test_a_key_not_used_yet_comes_with_a_line_to_try_it(desk, crm):
    page = words(desk.get(page_of(crm.api_key)))

    assert "Waiting for the first request…" in page
    assert 'curl -H "API-Key: $ONCEKEYS_API_KEY" ' in page
    assert "The last five IP addresses that used this key will appear here." in page


def test_a_first_request_between_two_queries_ends_no_waiting(desk, crm):
    """The page reads the key before its use. The dialog of a new key asks this page for the line again and again."""
    used(crm.api_key)

    assert "Waiting for the first request…" in words(desk.get(page_of(crm.api_key)))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"paused_at": timezone.now()}, "Not used yet. Requests are refused while it’s paused."),
        ({"expires_at": timezone.now() - DAY}, "Never used, and no longer works."),
        ({"last_used_at": timezone.now() - 60 * DAY}, "No requests in the last 30 days."),
    ],
)
def test_a_key_that_cannot_be_tried_is_not_offered_for_it(desk, crm, fields, sentence):
    ApiKey.objects.update(**fields)

    page = words(desk.get(page_of(crm.api_key)))

    assert sentence in page
    assert "curl" not in page


def test_a_deleted_key_promises_no_ip_addresses(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    page = words(desk.get(page_of(crm.api_key)))

    assert "No IP addresses are on record." in page
    assert "will appear here" not in page


def test_an_old_key_can_be_tried_after_the_new_one_is_deleted(desk, ada, crm):
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=HOUR).api_key
    api_keys.delete(api_key=successor, by=By(ada))

    page = words(desk.get(page_of(crm.api_key)))

    assert "It has been replaced." not in page
    assert "Waiting for the first request…" in page


def test_the_number_of_queries_does_not_grow_with_what_there_is_to_tell(desk, acme, ada, crm):
    successor = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=HOUR).api_key
    for day in range(30):
        for outcome in ("accepted", Code.PAUSED_KEY):
            used(successor, ago=day * DAY, outcome=outcome)
    for number in range(5):
        KeyAddress.objects.create(api_key=successor, address=f"10.0.0.{number}", last_seen_at=timezone.now())
    for _ in range(15):
        audit.record(AuditKind.API_KEY_PAUSED, account=acme, by=By(ada), api_key=successor, name="CRM")
    desk.get(page_of(successor))  # the first request of a session is noted

    with CaptureQueriesContext(connection) as queries:
        desk.get(page_of(successor))

    assert len(queries) <= 11, "\n".join(query["sql"] for query in queries)
