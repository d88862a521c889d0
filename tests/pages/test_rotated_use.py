"""An application's use goes on across its rotations, and the totals of an account never shrink."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys, rotation, verification
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.pages import KEYS, markup, words

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = timedelta()


def use(key: ApiKey, calls: int, *, days_ago: int = 0, outcome: str = "accepted") -> None:
    """Record this many calls in one hour, and the key's last use if they were let in."""
    at = timezone.now() - days_ago * DAY
    hour = at.replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=key, hour=hour, outcome=outcome, calls=calls)
    if outcome == "accepted":
        key.refresh_from_db()
        ApiKey.objects.filter(pk=key.pk).update(first_used_at=key.first_used_at or at, last_used_at=at)
        key.refresh_from_db()


def rotate(key: ApiKey, *, grace: timedelta = NOW) -> ApiKey:
    return rotation.rotate(api_key=key, by=By(key.created_by), grace=grace).api_key


def totals(desk) -> tuple[str, ...]:
    """Calls and refusals today, of all keys."""
    return tuple(re.findall(r'id="(?:requests|refused)-today"[^>]*>\s*([\d,]+)', desk.get(KEYS).text))


def row_of(desk, key: ApiKey) -> str:
    page = desk.get(KEYS).text
    return page[page.index(f'id="key-{key.key_id}"') :]


def chart(desk, key: ApiKey) -> list[int]:
    """The calls of the last 30 days on its own page, today first."""
    page = markup(desk.get(f"{KEYS}keys/{key.key_id}/"))
    return [int(calls.replace(",", "")) for calls in re.findall(r"</th><td>([\d,]+)</td><td>", page)]


# Totals


def test_the_calls_of_a_key_deleted_today_still_count(desk, acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other").api_key
    use(crm.api_key, 4000)
    use(other, 12)
    use(other, 3, outcome="paused_key")
    before = totals(desk)

    api_keys.delete(api_key=other, by=By(ada))

    assert before == totals(desk) == ("4,012", "3")


@pytest.mark.parametrize("grace", [NOW, DAY])
def test_no_total_falls_by_a_rotation(desk, crm, grace):
    use(crm.api_key, 4873)
    before = totals(desk)

    new = rotate(crm.api_key, grace=grace)
    use(new, 7)

    assert (before, totals(desk)) == (("4,873", "0"), ("4,880", "0"))


def test_calls_with_a_deleted_key_count_as_refused(desk, acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other")
    api_keys.delete(api_key=other.api_key, by=By(ada))
    with committed(), pytest.raises(verification.Refused):
        verification.verify(other.token.reveal())

    assert totals(desk) == ("0", "1")


def test_a_deleted_key_in_the_list_says_how_much_it_refused(desk, acme, ada, crm):
    use(crm.api_key, 30)
    before = totals(desk)

    api_keys.delete(api_key=crm.api_key, by=By(ada))
    use(crm.api_key, 7, outcome="deleted_key")

    listed = words(desk.get(KEYS, {"show": "deleted"}))
    assert "30 today" in listed
    assert "7 requests were refused today." in listed
    assert (before, totals(desk)) == (("30", "0"), ("30", "7"))


def test_the_totals_are_those_of_the_account_alone(desk, crm, umbrella, eve):
    use(api_keys.create(account=umbrella, by=By(eve), name="Theirs").api_key, 50)
    use(crm.api_key, 5)

    assert totals(desk) == ("5", "0")


# The history of an application


def test_the_row_goes_on_with_the_calls_of_the_key_before(desk, crm):
    use(crm.api_key, 1400, days_ago=2)
    use(crm.api_key, 30)

    row = row_of(desk, rotate(crm.api_key))

    assert "Requests per day: 0 to 1,400, and 30 today so far" in row
    assert "30 today" in row


def test_the_old_key_of_a_pair_says_how_much_it_is_used_itself(desk, crm):
    use(crm.api_key, 30)
    new = rotate(crm.api_key, grace=DAY)
    use(new, 5)

    of_new, of_old = row_of(desk, new).split("Old key<")

    assert "35 today" in of_new
    assert "30 today" in of_old


def test_the_history_is_that_of_all_rotations(desk, crm):
    keys = [crm.api_key]
    for days_ago in (9, 6, 3):
        use(keys[-1], days_ago * 100, days_ago=days_ago)
        keys.append(rotate(keys[-1]))
    use(keys[-1], 8)

    assert {day: calls for day, calls in enumerate(chart(desk, keys[-1])) if calls} == {0: 8, 3: 300, 6: 600, 9: 900}
    assert "8 today" in row_of(desk, keys[-1])


def test_a_key_that_stepped_aside_unused_breaks_no_history(desk, crm):
    use(crm.api_key, 40)
    aside = rotate(crm.api_key, grace=DAY)

    new = rotate(aside, grace=DAY)

    assert chart(desk, new)[0] == 40
    assert chart(desk, aside) == []


def test_an_old_key_whose_successor_was_deleted_has_the_calls_of_both(desk, ada, crm):
    use(crm.api_key, 40)
    new = rotate(crm.api_key, grace=DAY)
    use(new, 2)

    api_keys.delete(api_key=new, by=By(ada))

    assert chart(desk, crm.api_key)[0] == 42
    assert "42 today" in row_of(desk, crm.api_key)


def test_the_page_of_an_old_key_shows_its_own_calls(desk, crm):
    use(crm.api_key, 40)
    new = rotate(crm.api_key, grace=DAY)
    use(new, 2)

    assert chart(desk, crm.api_key)[0] == 40


def test_the_page_tells_the_first_and_the_last_call_of_the_application(desk, crm):
    use(crm.api_key, 40, days_ago=20)
    new = rotate(crm.api_key)
    use(new, 2)

    page = words(desk.get(f"{KEYS}keys/{new.key_id}/"))

    first = timezone.localtime(timezone.now() - 20 * DAY)
    assert (
        f"First request: {first.day} {first:%b %Y}. Last request: just now. This includes requests made with the keys"
        in page
    )


def test_an_unused_new_key_says_so_beside_the_old_keys_calls(desk, crm):
    use(crm.api_key, 40)
    new = rotate(crm.api_key)
    ApiKey.objects.filter(pk=new.pk).update(created_at=timezone.now() - 2 * HOUR)

    page = words(desk.get(f"{KEYS}keys/{new.key_id}/"))

    assert "40 today" in page
    assert "Waiting for the first request…" in page
    assert "Never Old key: just now" in words(desk.get(KEYS))


def test_refusals_of_the_old_key_are_not_told_of_the_new_one(desk, crm):
    use(crm.api_key, 9, outcome="expired_key")

    page = words(desk.get(f"{KEYS}keys/{rotate(crm.api_key).key_id}/"))

    assert "Refused in the last 30 days" not in page


def test_a_busy_application_stays_on_top_after_its_rotation(desk, acme, ada, crm):
    use(api_keys.create(account=acme, by=By(ada), name="Quiet").api_key, 3, days_ago=1)
    use(crm.api_key, 40)
    rotate(crm.api_key)

    for sort in ("last-used", "calls"):
        page = desk.get(KEYS, {"sort": sort}).text
        assert page.index(">Production CRM<") < page.index(">Quiet<")


# What it costs


# A thousand keys of another account, each used every hour for a week.
MANY_KEYS = """
    INSERT INTO oncekeys_apikey
        (account_id, brand, key_id, secret_hash, name, folded_name, environment, addresses, scopes, created_at)
    SELECT {account}, 'ok', lpad(n::text, 12, '0'), 'x', '', '', 'production', '', 'full', now()
    FROM generate_series(1, 1000) n;
    INSERT INTO oncekeys_keyusage (api_key_id, hour, outcome, calls)
    SELECT id, date_trunc('hour', now()) - n * interval '1 hour', 'accepted', 1
    FROM oncekeys_apikey, generate_series(1, 168) n WHERE account_id = {account};
    ANALYZE oncekeys_apikey, oncekeys_keyusage;
"""


@pytest.mark.postgresql
def test_use_is_read_by_indexes_however_much_others_have(desk, crm, umbrella):
    use(crm.api_key, 40)
    rotate(crm.api_key, grace=DAY)
    with connection.cursor() as cursor:
        cursor.execute(MANY_KEYS.format(account=umbrella.pk))
    with CaptureQueriesContext(connection) as queries:
        desk.get(KEYS)
    read = [query["sql"] for query in queries if "keyusage" in query["sql"] or "line_used_at" in query["sql"]]

    with connection.cursor() as cursor:
        for statement in read:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert not re.search("Seq Scan on oncekeys_(apikey|keyusage)", plan)
    assert len(read) == 3
