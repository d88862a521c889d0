"""The list of keys: their use, the pairs, what to look into, searching and sorting; without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dev.keyring import fill
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.pages import KEYS, markup, words

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def make(acme, ada):
    """A key of Acme with fields as they are after a while: `make("CRM", created_at=…)`."""

    def make_key(name: str, **fields) -> ApiKey:
        key = api_keys.create(account=acme, by=By(ada), name=name).api_key
        ApiKey.objects.filter(pk=key.pk).update(**fields)
        key.refresh_from_db()
        return key

    return make_key


def ago(**stretch):
    return timezone.now() - timedelta(**stretch)


def ahead(**stretch):
    return timezone.now() + timedelta(**stretch)


def use(key: ApiKey, calls: int, *, hours_ago: int = 0, outcome: str = "accepted") -> None:
    hour = ago(hours=hours_ago).replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=key, hour=hour, outcome=outcome, calls=calls)


def names(response) -> list[str]:
    """Return the names in the rows, from the top."""
    return re.findall(r"<h3><a[^>]*>([^<]*)", markup(response))


# A row


def test_a_row_tells_how_much_a_key_is_used(desk, crm):
    use(crm.api_key, 4391)
    for days, calls in ((1, 1400), (2, 5900)):
        use(crm.api_key, calls, hours_ago=24 * days)

    page = desk.get(KEYS)

    assert "4,391 today" in words(page)
    assert 'aria-label="Requests per day: 1,400 to 5,900, and 4,391 today so far"' in page.text


def test_a_key_without_requests_says_so_and_draws_nothing(desk, crm):
    page = desk.get(KEYS)

    assert "0 today" in words(page)
    assert '<svg class="sparkline" aria-hidden="true"></svg>' in page.text


def test_a_row_leads_to_what_can_be_done_with_the_key(desk, crm):
    page = desk.get(KEYS).text

    for end in ("", "rotate/", "pause/", "edit/", "delete/"):
        assert f'href="{KEYS}keys/{crm.api_key.key_id}/{end}"' in page


def test_a_limited_key_wears_its_limits(desk, acme, ada):
    api_keys.create(account=acme, by=By(ada), name="Reader", scopes=["read-only"], networks="192.0.2.1\n192.0.2.2")

    page = words(desk.get(KEYS))

    assert "read-only" in page
    assert "2 IP addresses" in page


def test_a_paused_key_is_resumed_by_one_press_in_its_row(desk, crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))
    page = desk.get(KEYS)
    assert "Paused by Ada Lovelace just now. Requests are refused until you resume it." in words(page)
    (action,) = set(re.findall(r'action="([^"]*/resume/)"', page.text))

    desk.post(action)

    assert ApiKey.objects.get().paused_at is None
    assert "Paused by" not in words(desk.get(KEYS))


def test_a_paused_key_says_how_much_it_refused_today(desk, crm, ada):
    use(crm.api_key, 12, outcome="paused_key")
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    assert "Paused by Ada Lovelace just now. 12 requests were refused today." in words(desk.get(KEYS))


def test_a_key_paused_twice_names_who_did_it_last(desk, crm, ada, grace):
    for person in (ada, grace):
        api_keys.pause(api_key=crm.api_key, by=By(person))
        api_keys.resume(api_key=crm.api_key, by=By(person))
    api_keys.pause(api_key=crm.api_key, by=By(grace))

    assert "Paused by Grace Hopper" in words(desk.get(KEYS))


def test_an_expired_key_can_be_deleted_but_not_rotated(desk, make):
    key = make("Trial", expires_at=ago(days=1), created_at=ago(days=9))

    page = desk.get(KEYS).text

    assert f"{key.key_id}/rotate/" not in page
    assert f"{key.key_id}/delete/" in page


@pytest.mark.parametrize(
    ("made_ago", "used_ago", "says"),
    [
        (timedelta(minutes=59), None, "Not used yet"),
        (timedelta(days=40), None, "Not used yet"),
        (timedelta(days=40), timedelta(minutes=59), "Working since"),
        (timedelta(minutes=59), timedelta(minutes=1), "Working since"),
        (timedelta(days=40), timedelta(minutes=61), "1 hour ago"),
    ],
)
def test_the_first_call_is_news_for_an_hour_however_old_the_key(desk, make, made_ago, used_ago, says):
    moment = used_ago and timezone.now() - used_ago
    make("CRM", created_at=timezone.now() - made_ago, first_used_at=moment, last_used_at=moment)

    page = desk.get(KEYS)

    assert says in words(page)
    assert ('id="key-watch"' in page.text) == (used_ago is None)


# A pair


@pytest.fixture
def pair(crm, ada):
    """The old key of Production CRM and the new one; both may be used for a day."""
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=DAY).api_key
    return ApiKey.objects.get(pk=crm.api_key.pk), new


def test_an_old_key_is_listed_only_beneath_the_new_one(desk, pair, make):
    old, new = pair
    make("Another")

    page = desk.get(KEYS)

    assert names(page) == ["Another", "Production CRM"]
    row = page.text[page.text.index(f'id="key-{new.key_id}"') :]
    assert f"{old.key_id}/delete/" in row
    assert f'id="key-{old.key_id}"' not in page.text
    assert f"{old.key_id}/rotate/" not in page.text
    end = timezone.localtime(old.expires_at)
    assert "Being replaced" in words(page)
    assert f"{end.day} {end:%b %Y, %H:%M}" in words(page)


def test_an_old_key_awaits_no_first_request(desk, pair):
    old, _new = pair

    row = words(desk.get(KEYS)).partition("Being replaced")[2]

    assert old.public_id in row
    assert "Not used yet" not in row


def test_an_old_key_whose_successor_was_deleted_is_a_key_again(desk, pair, ada):
    old, new = pair
    api_keys.delete(api_key=new, by=By(ada))

    page = desk.get(KEYS)

    assert f'id="key-{old.key_id}"' in page.text
    assert "Old key" not in words(page)
    assert f"{old.key_id}/rotate/" not in page.text


# What needs attention


def counted(response) -> dict[str, int]:
    """The reasons to review a key that the page names, and how many keys each is about."""
    named = re.findall(r'\?show=([\w-]+)"(?: aria-current="true")?>(\d+) (?:key|rotation)', markup(response))
    return {reason: int(number) for reason, number in named}


def filters(response) -> dict[str, int]:
    """Those that have keys, and how many."""
    row = markup(response).partition('aria-label="Show"')[2].partition("</nav>")[0]
    return {name: int(number) for name, number in re.findall(r">([^<>]+)<span[^>]*>(\d+)<", row)}


def test_each_reason_is_counted_and_filters(desk, make, pair):
    make("Young")
    make("Forgotten", created_at=ago(days=31))
    make("Idle", created_at=ago(days=100), last_used_at=ago(days=91))
    make("Old", created_at=ago(days=181), last_used_at=ago(days=1))
    make("Ending", expires_at=ahead(days=13))

    page = desk.get(KEYS)
    assert counted(page) == {"expiring": 1, "rotation": 1, "never-used": 1, "idle": 1, "old": 1}
    assert "1 key expires within 14 days" in words(page)
    for reason, name in (
        ("expiring", "Ending"),
        ("rotation", "Production CRM"),
        ("never-used", "Forgotten"),
        ("idle", "Idle"),
        ("old", "Old"),
    ):
        page = desk.get(KEYS, {"show": reason})
        assert names(page) == [name]
        assert re.search(rf'\?show={reason}" aria-current="true"', markup(page))
    assert set(names(desk.get(KEYS, {"show": "attention"}))) == {"Ending", "Production CRM", "Forgotten", "Idle", "Old"}


def test_without_a_reason_the_page_says_that_nothing_needs_attention(desk, make):
    make("Unused for less", created_at=ago(days=29))
    make("Idle for less", created_at=ago(days=100), last_used_at=ago(days=89))
    make("Younger", created_at=ago(days=179), last_used_at=ago(days=1))
    make("Later", expires_at=ahead(days=15))

    page = desk.get(KEYS)

    assert counted(page) == {}
    assert "Nothing needs attention." in words(page)


def test_a_key_that_has_ended_needs_no_attention(desk, make, pair):
    old, _ = pair
    ApiKey.objects.filter(pk=old.pk).update(created_at=ago(days=400), expires_at=ago(days=1))
    make("Trial", created_at=ago(days=400), expires_at=ago(days=1))

    assert counted(desk.get(KEYS)) == {}


@pytest.mark.parametrize(
    ("show", "says"),
    [
        ("attention", "Nothing needs attention."),
        ("idle", "Nothing needs attention."),
        ("paused", "No keys are paused."),
        ("refused", "No requests were refused today."),
        ("deleted", "No keys were deleted in the last 90 days."),
    ],
)
def test_a_filter_that_finds_nothing_says_so(desk, crm, show, says):
    page = words(desk.get(KEYS, {"show": show}))

    assert says in page
    assert "Show all" in page


def test_requests_and_refusals_of_the_day_are_added_up(desk, make):
    use(make("One"), 4000)
    use(make("Two"), 812)
    use(make("Three"), 7, outcome="paused_key")

    page = words(desk.get(KEYS))

    assert "Requests today 4,812" in page
    assert "Refused today 7" in page
    assert names(desk.get(KEYS, {"show": "refused"})) == ["Three"]


def test_the_filters_say_how_many_keys_each_shows(desk, make, ada):
    make("Active")
    make("Ending", expires_at=ahead(days=13))
    api_keys.pause(api_key=make("Halted"), by=By(ada))
    api_keys.delete(api_key=make("Gone"), by=By(ada))

    page = desk.get(KEYS)

    assert filters(page) == {"All": 3, "Needs attention": 1, "Paused": 1, "Deleted": 1}
    for show, name in (("attention", "Ending"), ("paused", "Halted"), ("deleted", "Gone")):
        assert names(desk.get(KEYS, {"show": show})) == [name]


def test_a_deleted_key_is_listed_for_90_days_with_nothing_to_do(desk, make, crm, ada):
    long_gone, gone_key = make("Long gone"), make("Gone")
    for key, days in ((long_gone, 91), (gone_key, 89)):
        api_keys.delete(api_key=key, by=By(ada))
        ApiKey.objects.filter(pk=key.pk).update(deleted_at=ago(days=days))

    page = desk.get(KEYS, {"show": "deleted"})

    assert names(page) == ["Gone"]
    assert f'href="{KEYS}keys/{gone_key.key_id}/"' in page.text
    assert f"{gone_key.key_id}/delete/" not in page.text


def test_when_every_key_is_deleted_the_page_still_leads_to_them(desk, make, ada):
    api_keys.delete(api_key=make("Gone"), by=By(ada))

    page = desk.get(KEYS)

    assert filters(page) == {"All": 0, "Deleted": 1}
    assert "Create API key" in words(page)


def test_three_keys_need_no_filters(desk, make):
    for name in ("One", "Two", "Three"):
        make(name)

    assert 'aria-label="Show"' not in desk.get(KEYS).text


# Searching and sorting


def test_keys_are_found_by_name_and_by_key_id(desk, make):
    keys = [make(name) for name in ("Production CRM", "Webshop", "Straße", "Importer")]

    assert names(desk.get(KEYS, {"q": " crm "})) == ["Production CRM"]
    assert names(desk.get(KEYS, {"q": "STRASSE"})) == ["Straße"]
    assert names(desk.get(KEYS, {"q": keys[1].key_id[2:8]})) == ["Webshop"]
    assert names(desk.get(KEYS, {"q": keys[3].public_id})) == ["Importer"]


def test_a_pair_is_found_by_the_id_of_its_old_key(desk, pair, make):
    make("Another")

    assert names(desk.get(KEYS, {"q": pair[0].public_id})) == ["Production CRM"]


def test_searching_for_what_is_not_there_says_so_and_shows_the_way_back(desk, crm):
    page = desk.get(KEYS, {"q": "<b>warehouse"})

    assert "No key has “<b>warehouse” in its name or key ID." in words(page)
    assert "Show all" in words(page)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["Cedar", "birch", "Alder"]),
        ("created", ["Cedar", "birch", "Alder"]),
        ("name", ["Alder", "birch", "Cedar"]),
        ("last-used", ["birch", "Alder", "Cedar"]),
        ("expires", ["Alder", "Cedar", "birch"]),
        ("calls", ["Cedar", "Alder", "birch"]),
        ("sideways", ["Cedar", "birch", "Alder"]),
    ],
)
def test_keys_are_sorted_as_asked(desk, make, sort, order):
    alder = make("Alder", created_at=ago(days=3), last_used_at=ago(hours=5), expires_at=ahead(days=2))
    make("birch", created_at=ago(days=2), last_used_at=ago(hours=1), expires_at=ago(days=1))
    cedar = make("Cedar", created_at=ago(days=1))
    use(alder, 2)
    use(cedar, 30, hours_ago=50)

    assert names(desk.get(KEYS, {"sort": sort})) == order


def test_search_filter_and_sorting_stand_in_one_form_and_go_together(desk, acme, make):
    fill(acme, 3)
    make("Old CRM", created_at=ago(days=200))
    make("Older CRM", created_at=ago(days=300))

    page = desk.get(KEYS, {"q": "crm", "show": "old", "sort": "name", "more": "ignored"})

    assert names(page) == ["Old CRM", "Older CRM"]
    assert '<input type="hidden" name="show" value="old">' in page.text
    assert 'value="crm"' in page.text
    assert '<option value="name" selected>' in page.text


def test_few_keys_need_no_search(desk, acme):
    fill(acme, 3)
    assert 'role="search"' not in desk.get(KEYS).text

    fill(acme, 4)
    assert 'role="search"' in desk.get(KEYS).text


def test_the_way_to_find_a_key_is_always_there(desk, acme):
    for number in (1, 4):
        fill(acme, number)
        assert f'href="{KEYS}keys/find/"' in desk.get(KEYS).text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_a_whole_key_in_the_address_is_taken_out_of_it_and_told_of(desk, crm, headers):
    secret = crm.token.reveal()

    answer = desk.get(KEYS, {"q": f"API-Key: {secret}"}, headers=headers)

    address = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    assert address == f"{KEYS}?q={crm.api_key.public_id}"
    page = desk.get(address)
    assert names(page) == ["Production CRM"]
    assert "It may now be in logs" in words(page)
    assert secret[-49:] not in page.text + answer.text + repr(dict(desk.session))


def test_the_answer_to_a_live_search_names_the_address_to_share(desk, acme):
    fill(acme, 4)

    asked = {"q": "key 2", "show": "", "sort": "created"}
    answer = desk.get(KEYS, asked, headers={"HX-Request": "true", "HX-Target": "key-results"})

    assert answer.headers["HX-Replace-Url"] == f"{KEYS}?q=key+2"
    assert 'data-announce="1 of 4 keys matches"' in answer.text


def test_a_message_waits_for_an_answer_that_shows_it(desk, crm, ada):
    desk.post(f"{KEYS}keys/{crm.api_key.key_id}/delete/")

    for part in ("key-results", "key-watch"):
        desk.get(KEYS, headers={"HX-Request": "true", "HX-Target": part})

    assert "was deleted" in words(desk.get(KEYS))


# What it costs


def test_the_list_takes_eight_queries(desk, acme, django_assert_max_num_queries, crm, ada):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=DAY)
    fill(acme, 25)
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.bulk_create(
        KeyUsage(api_key=key, hour=this_hour - hours * HOUR, outcome="accepted", calls=hours + 1)
        for key in acme.api_keys.all()
        for hours in range(0, 720, 3)
    )
    desk.get(KEYS)  # the first request of a session notes the browser

    with django_assert_max_num_queries(8):
        page = desk.get(KEYS)

    assert page.text.count("sparkline__today") == 26
    assert "25 of 25 keys" in words(page)


def test_the_list_is_filtered_by_who_created_a_key(acme, ada, grace, signed_in):
    api_keys.create(account=acme, by=By(ada), name="Of Ada")
    api_keys.create(account=acme, by=By(grace), name="Of Grace")
    api_keys.create(account=acme, by=By.system(), name="Of nobody")
    api_keys.create(account=acme, by=By(ada), name="Another of hers")
    browser = signed_in(ada)

    for creator, name, who in ((str(grace.pk), "Of Grace", "Grace Hopper"), ("system", "Of nobody", "The system")):
        found = browser.get(f"{KEYS}?by={creator}")
        assert names(found) == [name]
        assert f"Created by {who} Show all" in words(found)


@pytest.mark.parametrize("by", ["x", "0", "-1", "999999999999999999999"])
def test_a_creator_who_made_none_finds_nothing_and_breaks_nothing(acme, ada, signed_in, by):
    api_keys.create(account=acme, by=By(ada), name="Of Ada")

    assert signed_in(ada).get(f"{KEYS}?by={by}").status_code == 200


# Keys that are gone


def gone(response) -> list[str]:
    """The deleted keys below the rows."""
    _, _, below = markup(response).partition('id="deleted-found"')
    return re.findall(r'<li>\s*<span><a href="[^"]*">([^<]*)', below)


@pytest.mark.parametrize("part", ["name", "public id", "key id", "part of it", "beginning in capitals"])
def test_a_deleted_key_is_found_as_such(desk, acme, ada, make, part):
    key = make("Nightly import")
    make("Webshop")
    api_keys.delete(api_key=key, by=By(ada))
    sought = {
        "name": "NIGHTLY",
        "public id": key.public_id,
        "key id": key.key_id,
        "part of it": key.key_id[3:9],
        "beginning in capitals": key.public_id[:13].upper(),
    }

    page = desk.get(KEYS, {"q": sought[part]})

    assert names(page) == []
    assert gone(page) == ["Nightly import"]
    assert f"Deleted on {timezone.localtime().day}" in words(page)
    assert f'href="{KEYS}keys/{key.key_id}/"' in page.text
    assert "Only deleted keys match" in words(page)


def test_an_expired_key_is_found_as_such(desk, make):
    key = make("Trial", expires_at=ago(days=1), created_at=ago(days=9))

    page = desk.get(KEYS, {"q": key.public_id})

    assert names(page) == ["Trial"]
    assert "Expired Production" in words(page)


def test_active_and_deleted_keys_are_found_together(desk, ada, make):
    old = make("CRM of May")
    api_keys.delete(api_key=old, by=By(ada))
    make("CRM of June")

    page = desk.get(KEYS, {"q": "crm"})

    assert (names(page), gone(page)) == (["CRM of June"], ["CRM of May"])


def test_the_deleted_keys_of_others_are_not_found(desk, crm, umbrella, eve):
    theirs = api_keys.create(account=umbrella, by=By(eve), name="Theirs").api_key
    api_keys.delete(api_key=theirs, by=By(eve))

    assert gone(desk.get(KEYS, {"q": theirs.public_id})) == []


def test_deleted_keys_are_shown_to_those_who_search_for_them(desk, ada, crm, make):
    api_keys.delete(api_key=make("Gone"), by=By(ada))

    for query in ({}, {"sort": "name"}, {"q": "Gone", "show": "old"}, {"q": "production"}):
        assert gone(desk.get(KEYS, query)) == []


def test_of_many_deleted_keys_the_last_ten_are_shown(desk, ada, crm, acme):
    fill(acme, 13)
    for key in acme.api_keys.exclude(pk=crm.api_key.pk).order_by("slot"):
        api_keys.delete(api_key=key, by=By(ada))

    page = desk.get(KEYS, {"q": "key"})

    assert gone(page) == [f"Key {number}" for number in range(13, 3, -1)]
    assert "These are the 10 deleted last." in words(page)


def test_a_search_costs_one_query_more(desk, acme, ada, crm, django_assert_max_num_queries):
    fill(acme, 25)
    desk.get(KEYS)

    with django_assert_max_num_queries(9):
        desk.get(KEYS, {"q": "key"})
