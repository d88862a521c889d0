"""A person's list of sessions, and how they end."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services.sessions import SIGNED_IN_AT
from config.sessions import SessionStore
from oncekeys.testing import committed
from tests.pages import KEYS, PASSWORD, words

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def desk(client, ada):
    return sign_in(client, FIREFOX)


@pytest.fixture
def phone(ada):
    return sign_in(Client(REMOTE_ADDR="203.0.113.9"), IPHONE)


def sign_in(browser, user_agent):
    browser.defaults["HTTP_USER_AGENT"] = user_agent
    browser.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})
    return browser


def is_signed_in(browser):
    return browser.get("/sessions/").status_code == 200


def test_each_is_listed_with_its_browser_and_address(desk, phone):
    page = desk.get("/sessions/").text

    for fact in ("Firefox on Linux", "this one", "Safari on iPhone", "203.0.113.9"):
        assert fact in page


def test_people_see_only_their_own_sessions(desk, signed_in, grace):
    assert "Firefox on Linux" not in signed_in(grace).get("/sessions/").text


def test_signing_out_everywhere_else_keeps_this_one_and_ends_the_others(desk, phone):
    desk.post("/sessions/")

    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)


def test_changing_the_password_keeps_this_one_and_ends_the_others(desk, phone):
    new = "another long secret"

    desk.post("/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)
    assert "Safari on iPhone" not in desk.get("/sessions/").text


def test_a_wrong_old_password_changes_nothing(desk, phone):
    new = "another long secret"

    desk.post("/password/change/", {"oldpassword": "wrong", "password1": new, "password2": new})

    assert is_signed_in(phone)


def test_one_signed_out_is_no_longer_listed(desk, phone):
    phone.post("/logout/")

    assert "Safari on iPhone" not in desk.get("/sessions/").text


def test_when_and_from_where_it_was_last_used_is_written_once_a_minute(desk):
    long_ago = timezone.now() - timedelta(hours=3)
    UserSession.objects.update(last_seen_at=long_ago)

    desk.get("/two-step/", REMOTE_ADDR="198.51.100.7")
    first = UserSession.objects.get()
    desk.get("/two-step/", REMOTE_ADDR="198.51.100.8")

    assert first.ip == "198.51.100.7"
    assert first.last_seen_at - long_ago > timedelta(hours=2)
    assert UserSession.objects.get().last_seen_at == first.last_seen_at


def test_a_request_with_a_key_leaves_no_session(client, crm):
    client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()})

    assert not UserSession.objects.exists()


@pytest.mark.parametrize(("hops", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_an_address_is_believed_only_from_our_own_proxies(desk, settings, hops, seen):
    settings.TRUSTED_PROXY_HOPS = hops
    UserSession.objects.all().delete()

    desk.get("/two-step/", headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.9"})

    assert UserSession.objects.get().ip == seen


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/142.0 Safari/537.36", "Chrome on macOS"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28 Chrome/130.0 Mobile", "Samsung Internet on Android"),
        ("curl/8.5.0", "curl"),
        ("", "An unknown browser"),
        ("<script>alert(1)</script>", "An unknown browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(client, ada, user_agent, name):
    page = sign_in(client, user_agent).get("/sessions/").text

    assert f"<strong>{name}</strong>" in page


def test_a_password_reset_ends_all_sessions_from_before(desk, phone, mailoutbox):
    elsewhere = Client()
    with committed():
        elsewhere.post("/password/reset/", {"email": "ada@acme.example"})
    link = re.search(r"http://127\.0\.0\.1(/\S+)", mailoutbox[-1].body)[1]
    form = elsewhere.get(link, follow=True).redirect_chain[-1][0]

    elsewhere.post(form, {"password1": "another long secret", "password2": "another long secret"})

    assert [is_signed_in(browser) for browser in (desk, phone, elsewhere)] == [False, False, True]


def test_without_a_password_ending_sessions_leads_to_setting_one(ada, signed_in):
    ada.set_unusable_password()
    ada.save()

    response = signed_in(ada).get("/password/change/")

    assert (response.status_code, response.url) == (302, "/password/reset/")


def test_viewing_sessions_survives_a_new_secret_key(desk, phone, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret of the site " * 3

    for page in ("/sessions/", "/profile/"):
        assert "Safari on iPhone" in desk.get(page).text

    assert is_signed_in(phone)


def test_signing_in_elsewhere_survives_a_new_secret_key(phone, client, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret of the site " * 3

    page = sign_in(client, FIREFOX).get("/sessions/").text

    assert "Safari on iPhone" in page
    assert is_signed_in(phone)


def test_one_that_ended_with_a_new_password_is_no_longer_listed(desk, phone, ada):
    ada.set_password(f"{PASSWORD} again")
    ada.save()
    desk.post("/login/", {"login": "ada@acme.example", "password": f"{PASSWORD} again"})

    assert "Safari on iPhone" not in desk.get("/sessions/").text


def test_the_profile_takes_as_many_queries_for_many_as_for_few(desk):
    few = queries_of_the_profile(desk)
    for number in range(5):
        sign_in(Client(), f"{FIREFOX} {number}")

    assert queries_of_the_profile(desk) == few


def test_one_is_ended_and_the_others_stay(desk, phone, ada):
    tablet = sign_in(Client(REMOTE_ADDR="203.0.113.10"), FIREFOX)
    ended = UserSession.objects.get(session_key=phone.session.session_key)

    desk.post("/sessions/", {"session": ended.pk})

    assert [is_signed_in(browser) for browser in (desk, phone, tablet)] == [True, False, True]


def test_the_session_of_someone_else_is_not_ended(desk, signed_in, grace):
    theirs = signed_in(grace)
    theirs.get("/profile/")

    desk.post("/sessions/", {"session": UserSession.objects.get(user=grace).pk})

    assert is_signed_in(theirs)


@pytest.mark.parametrize("session", ["", "x", "0", "9" * 40])
def test_a_session_that_is_none_ends_nothing(desk, phone, session):
    assert desk.post("/sessions/", {"session": session}).status_code == 302

    assert (is_signed_in(desk), is_signed_in(phone)) == (True, True)


def queries_of_the_profile(browser):
    with CaptureQueriesContext(connection) as queries:
        browser.get("/profile/")
    return len(queries)


def age(hours, *, signed_in=False):
    """Make every session look last used, or begun, so many hours ago."""
    for row in Session.objects.all():
        if signed_in:
            store = SessionStore(row.session_key)
            store[SIGNED_IN_AT] -= hours * 3600
            store.save()
        else:
            Session.objects.filter(pk=row.pk).update(expire_date=row.expire_date - timedelta(hours=hours))
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=hours))


@pytest.mark.parametrize(("hours", "lasts"), [(23, True), (25, False)])
def test_one_ends_after_a_day_without_use(desk, hours, lasts):
    age(hours)

    assert is_signed_in(desk) is lasts


def test_one_that_is_used_goes_on(desk):
    for _ in range(5):
        age(23)
        assert is_signed_in(desk)


@pytest.mark.parametrize(("hours", "lasts"), [(14 * 24 - 1, True), (14 * 24 + 1, False)])
def test_one_ends_two_weeks_after_the_sign_in_however_it_is_used(desk, hours, lasts):
    age(hours, signed_in=True)

    assert is_signed_in(desk) is lasts


def test_one_from_before_there_was_such_an_end_gets_it_when_it_is_used(desk):
    session = desk.session
    del session[SIGNED_IN_AT]
    session.save()
    age(1)

    desk.get("/profile/")
    age(14 * 24 + 1, signed_in=True)

    assert not is_signed_in(desk)


def test_both_can_be_set(client, ada, settings):
    settings.SESSION_COOKIE_AGE, settings.SESSION_LONGEST_SECONDS = 2 * 3600, 5 * 3600
    sign_in(client, FIREFOX)

    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    ends = Session.objects.get(session_key=cookie.value).expire_date - timezone.now()
    assert cookie["max-age"] == pytest.approx(5 * 3600, abs=60)
    assert ends.total_seconds() == pytest.approx(2 * 3600, abs=60)


def test_a_page_that_watches_for_news_is_no_use(desk, acme):
    age(12)
    before = Session.objects.get().expire_date

    desk.get(KEYS, headers={"HX-Request": "true", "Oncekeys-Watch": "1"})

    assert Session.objects.get().expire_date == before


def test_the_list_says_when_each_ends(desk):
    text = words(desk.get("/sessions/"))

    ends, last = (timezone.now() + timedelta(days=days) for days in (1, 14))
    assert f"Expires if unused: {ends.day} {ends:%b %Y}, " in text
    assert f"Expires no later than: {last.day} {last:%b %Y}, " in text
