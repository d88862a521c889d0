"""A person's own page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import User
from dev.second_step import switch_on
from tests.pages import markup, words

pytestmark = pytest.mark.django_db

ABOUT = "/profile/person/"
UNCHANGED = {"name": "Ada Lovelace", "time_zone": "", "language": ""}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def two_languages(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]


def test_it_shows_who_one_is(signed_in, ada):
    page = signed_in(ada).get("/profile/").text

    assert "Ada Lovelace" in page
    assert "ada@acme.example" in page


def test_the_menu_leads_to_it(signed_in, ada):
    assert 'href="/profile/">Your profile</a>' in signed_in(ada).get("/accounts/acme/").text


def test_ones_name_can_be_changed(signed_in, ada):
    page = signed_in(ada).post(ABOUT, {**UNCHANGED, "name": "  Augusta King "}, follow=True)

    assert User.objects.get(pk=ada.pk).name == "Augusta King"
    assert "Your profile was saved." in page.text
    assert 'aria-label="Augusta King"' in page.text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("  ", "Enter a name."),
        ("Ada\u202eLovelace", "invisible characters"),
        ("ok_live_7Fh2k9QxYz12_" + "x" * 49, "looks like a key"),
        ("x" * 101, "at most 100"),
    ],
)
def test_a_name_that_cannot_be_is_refused_beside_its_field(signed_in, ada, name, sentence):
    page = signed_in(ada).post(ABOUT, {**UNCHANGED, "name": name})

    assert page.status_code == 422
    assert sentence in page.text
    assert 'aria-label="Ada Lovelace"' in page.text
    assert User.objects.get(pk=ada.pk).name == "Ada Lovelace"


def test_moments_are_shown_in_the_time_zone_one_chose(signed_in, ada, crm):
    client = signed_in(ada)
    type(crm.api_key).objects.update(created_at=datetime(2026, 1, 15, 12, tzinfo=UTC))

    client.post(ABOUT, {**UNCHANGED, "time_zone": "Asia/Tokyo"})

    page = client.get(f"/accounts/acme/settings/integrations/apis-webhooks/keys/{crm.api_key.key_id}/")
    assert "15 Jan 2026, 21:00 JST" in page.text


def test_the_browsers_time_zone_is_named_and_used_where_none_is_chosen(signed_in, ada):
    client = signed_in(ada)
    client.cookies["timezone"] = "America/New_York"

    page = client.get("/profile/").text

    assert '<option value="" selected>Same as browser (America/New York)</option>' in page


@pytest.mark.parametrize("cookie", ["", "Nowhere/Land", '"><script>'])
def test_a_browser_that_tells_no_time_zone_is_not_quoted(signed_in, ada, cookie):
    client = signed_in(ada)
    client.cookies["timezone"] = cookie

    assert '<option value="" selected>Same as browser</option>' in client.get("/profile/").text


@pytest.mark.parametrize("field", ["time_zone", "language"])
@pytest.mark.parametrize("value", ["Mars/Olympus", "../../etc/passwd", "tlh"])
def test_what_is_no_choice_is_refused(signed_in, ada, field, value):
    page = signed_in(ada).post(ABOUT, {**UNCHANGED, "name": "Augusta King", field: value})

    assert page.status_code == 422
    assert 'aria-label="Ada Lovelace"' in page.text
    assert getattr(User.objects.get(pk=ada.pk), field) == ""


def test_a_time_zone_by_an_old_name_is_not_lost(signed_in, ada):
    User.objects.update(time_zone="US/Eastern")

    signed_in(ada).post(ABOUT, {**UNCHANGED, "time_zone": "US/Eastern", "name": "Augusta"})

    assert User.objects.get(pk=ada.pk).time_zone == "US/Eastern"
    assert User.objects.get(pk=ada.pk).name == "Augusta"


def offered_zones(page) -> list[str]:
    return re.findall(r"<option[^>]*>([^<]+)</option>", page.text.split('name="time_zone"')[1].split("</select>")[0])


def test_each_place_is_offered_once_with_its_offset(signed_in, ada):
    offered = offered_zones(signed_in(ada).get("/profile/"))

    assert "Kolkata (UTC+05:30)" in offered
    assert any(name.startswith("Kyiv (UTC+0") for name in offered)
    assert len(offered) == len(set(offered))
    old = ("Calcutta", "Kiev", "Saigon", "Rangoon", "Ulan Bator", "ACT", "NSW", "North", "South", "West", "Knox IN")
    assert [name for name in offered if name.partition(" (")[0] in old] == []
    assert [name for name in offered[2:] if not re.search(r" \(UTC[+-]\d\d:\d\d\)$", name)] == []


@pytest.mark.parametrize("how", ["chosen", "told by the browser"])
def test_a_place_by_an_older_name_is_shown_by_its_name_of_today(signed_in, ada, how):
    browser = signed_in(ada)
    if how == "chosen":
        User.objects.update(time_zone="Asia/Calcutta")
    else:
        browser.cookies["timezone"] = "Asia/Calcutta"

    page = browser.get("/profile/")

    assert "Kolkata" in re.search(r"<option[^>]* selected>([^<]+)<", page.text.split('name="time_zone"')[1])[1]
    assert "Calcutta" not in page.text


def test_a_zone_that_is_no_place_stays_a_choice(signed_in, ada):
    User.objects.update(time_zone="Etc/GMT+5")

    assert "Etc/GMT+5 (UTC-05:00)" in offered_zones(signed_in(ada).get("/profile/"))


def test_the_language_one_chose_goes_before_the_browsers(signed_in, ada, two_languages):
    client = signed_in(ada)

    page = client.post(ABOUT, {**UNCHANGED, "language": "de"}, headers={"Accept-Language": "en"}, follow=True)

    assert page.headers["Content-Language"] == "de"
    assert '<option value="de" selected lang="de">Deutsch</option>' in page.text


def test_the_browsers_language_is_named_in_itself(signed_in, ada, two_languages):
    page = signed_in(ada).get("/profile/", headers={"Accept-Language": "de"})

    assert "(Deutsch)</option>" in page.text


def test_mail_about_keys_can_be_turned_off_and_on_again(signed_in, ada):
    client = signed_in(ada)

    off = client.post("/profile/", {}, follow=True)
    assert User.objects.get(pk=ada.pk).wants_key_mail is False
    assert "Your profile was saved." in off.text
    assert "checked" not in off.text

    on = client.post("/profile/", {"wants_key_mail": "on"}, follow=True)
    assert User.objects.get(pk=ada.pk).wants_key_mail is True
    assert "checked" in on.text


@pytest.mark.parametrize("path", ["/profile/", ABOUT])
def test_saving_changes_nothing_else_about_the_person(signed_in, ada, path):
    client = signed_in(ada)
    before = User.objects.filter(pk=ada.pk).values().get()

    client.post(path, {"email": "eve@umbrella.example", "name": "E", "is_staff": "on", "is_superuser": "on"})

    own = {"wants_key_mail": False} if path == "/profile/" else {"name": "E"}
    assert User.objects.filter(pk=ada.pk).values().get() == {**before, **own}


def test_it_says_that_two_step_sign_in_is_off(signed_in, ada):
    page = signed_in(ada).get("/profile/").text

    assert "Anyone who has your password can sign in as you." in page
    assert 'href="/two-step/"' in page


def test_it_says_what_is_set_up_of_two_step_sign_in(signed_in, ada):
    switch_on(ada)
    Authenticator.objects.update(created_at=datetime(2026, 5, 3, tzinfo=UTC))

    page = signed_in(ada).get("/profile/").text

    assert "Authenticator app, since <time" in page
    assert "3 May 2026" in page
    assert "10 recovery codes left." in page


def test_it_names_ones_passkeys_and_when_they_were_used(signed_in, ada):
    data = {"name": "Ada’s phone", "credential": {}}
    Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data=data)

    page = signed_in(ada).get("/profile/").text

    assert "Ada’s phone, since <time" in page
    assert "Passkey only. No authenticator app is set up." in page
    assert 'href="/passkeys/"' in page


def test_it_says_where_one_is_signed_in(signed_in, ada):
    here, phone = signed_in(ada), Client(REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT=FIREFOX)
    phone.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    phone.get("/profile/")
    UserSession.objects.filter(ip="203.0.113.9").update(last_seen_at=datetime.now(UTC) - timedelta(minutes=5))
    here.get("/profile/")

    page = words(here.get("/profile/"))

    assert "Firefox on Linux · 203.0.113.9 · " in page
    assert "5 minutes ago" in page
    assert "No other sessions." not in page


def test_it_says_that_one_is_signed_in_nowhere_else(signed_in, ada):
    client = signed_in(ada)
    client.get("/profile/")

    page = client.get("/profile/").text

    assert "Here, with An unknown browser." in page
    assert "No other sessions." in page


def test_without_a_password_the_page_leads_to_setting_one(signed_in, ada):
    ada.set_unusable_password()
    ada.save()

    page = markup(signed_in(ada).get("/profile/"))

    assert 'href="/password/reset/" aria-label="Set a password"' in page
    assert "/password/change/" not in page


def test_people_without_an_account_have_one_too(signed_in, db):
    alone = User.objects.create_user("alone@nowhere.example")

    assert signed_in(alone).get("/profile/").status_code == 200


def test_it_is_kept_by_no_cache(signed_in, ada):
    assert "no-store" in signed_in(ada).get("/profile/").headers["Cache-Control"]


def test_reading_it_changes_nothing(signed_in, ada):
    client = signed_in(ada)

    client.get("/profile/", {"wants_key_mail": ""})
    back = client.get(ABOUT, {**UNCHANGED, "name": "E"})

    assert back.headers["Location"] == "/profile/"
    assert User.objects.get(pk=ada.pk).wants_key_mail is True
    assert User.objects.get(pk=ada.pk).name == "Ada Lovelace"
