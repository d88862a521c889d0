"""A fresh proof of identity, asked before something weighty is shown."""

import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import Membership, User
from dev.second_step import code, recovery_codes, switch_on
from oncekeys.models import ApiKey
from oncekeys.proofs import SHOWN
from tests.pages import ACTIVITY, KEYS, NEW, PASSWORD, dialog_of

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
DIALOG = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{KEYS}?page=2"}


def path_of(response):
    return urlsplit(response.headers["Location"]).path


def afterwards(location):
    """Return where the page of the proof leads."""
    return parse_qs(urlsplit(location).query)["next"][0]


@pytest.fixture
def stale(signed_in, prove, ada):
    """Ada's browser, 16 minutes after she signed in."""
    return prove(signed_in(ada), method="password", ago=16 * MINUTE)


@pytest.mark.parametrize("by", ["sign-in", "password"])
def test_a_sign_in_just_made_counts(client, signed_in, ada, by):
    if by == "password":
        client.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})
    else:
        client = signed_in(ada)

    assert client.get(NEW).status_code == 200


@pytest.mark.parametrize(("ago", "status"), [(14 * MINUTE, 200), (16 * MINUTE, 302)])
def test_it_is_asked_for_after_15_minutes(signed_in, prove, ada, ago, status):
    browser = prove(signed_in(ada), method="password", ago=ago)

    assert browser.get(NEW).status_code == status


def test_the_field_for_the_password_has_the_focus(stale):
    page = stale.get(NEW, follow=True).text

    assert re.search(r"<input[^>]* autofocus", page)


def test_the_proof_leads_back_to_the_page(stale):
    asked = stale.get(f"{NEW}?x=1").headers["Location"]

    proven = stale.post(asked, {"password": PASSWORD, "next": afterwards(asked)})

    assert proven.headers["Location"] == f"{NEW}?x=1"
    assert stale.get(NEW).status_code == 200


def test_a_wrong_password_proves_nothing(stale):
    stale.post("/reauthenticate/", {"password": "wrong"})

    assert stale.get(NEW).status_code == 302


def test_a_dialogs_proof_leads_back_to_the_open_dialog(stale):
    response = stale.get(NEW, headers=DIALOG)

    location = response.headers["HX-Redirect"]
    assert urlsplit(location).path == "/reauthenticate/"
    back = urlsplit(afterwards(location))
    assert (back.path, parse_qs(back.query)) == (KEYS, {"page": ["2"], "open": [NEW]})


SENT = {"name": "CRM", "environment": "production", "expires": "", "scopes": ["full"]}


@pytest.mark.parametrize(("opened", "made"), [(14 * MINUTE, 1), (16 * MINUTE, 0)])
def test_a_form_opened_in_time_may_be_sent_a_while_later(signed_in, prove, ada, opened, made):
    """Ada signed in half an hour ago, and opened the form since."""
    browser = prove(signed_in(ada), method="password", ago=30 * MINUTE)
    session = browser.session
    session[SHOWN] = {NEW: time.time() - opened.total_seconds()}
    session.save()

    browser.post(NEW, SENT)

    assert ApiKey.objects.count() == made


def test_when_a_form_was_opened_is_known(signed_in, prove, ada):
    browser = prove(signed_in(ada), method="password", ago=14 * MINUTE)

    browser.get(NEW)
    prove(browser, method="password", ago=20 * MINUTE)
    browser.post(NEW, SENT)

    assert ApiKey.objects.count() == 1


def test_an_old_form_asks_for_a_second_step_set_up_since(signed_in, ada):
    browser = signed_in(ada)
    browser.get(NEW)
    switch_on(ada)

    asked = browser.post(NEW, SENT)

    assert path_of(asked) == "/reauthenticate/"
    assert not ApiKey.objects.exists()


def test_a_form_that_was_never_opened_is_not_given_longer(stale):
    stale.get(NEW)

    asked = stale.post(NEW, SENT)

    assert path_of(asked) == "/reauthenticate/"
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
def test_a_form_sent_too_late_does_nothing_before_nor_after_the_proof(signed_in, prove, ada, headers):
    browser = prove(signed_in(ada), method="password", ago=31 * MINUTE)

    response = browser.post(NEW, SENT, headers=headers)
    asked = response.headers.get("HX-Redirect") or response.headers["Location"]
    told = browser.get(asked).text
    back = browser.post(asked, {"password": PASSWORD, "next": afterwards(asked)}, follow=True)

    assert "Nothing has changed yet." in told
    assert back.status_code == 200
    assert not ApiKey.objects.exists()


def test_a_form_on_another_page_comes_back_to_that_page(signed_in, prove, ada):
    browser = prove(signed_in(ada), method="password", ago=31 * MINUTE)
    page = "/accounts/acme/settings/"

    asked = browser.post(f"{page}security/", headers={"Referer": f"http://testserver{page}"}).headers["Location"]
    abroad = browser.post(f"{page}security/", headers={"Referer": "https://evil.example/x"}).headers["Location"]

    assert afterwards(asked) == page
    assert afterwards(abroad) == f"{page}security/"


def test_next_cannot_lead_to_another_site(stale):
    proven = stale.post("/reauthenticate/", {"password": PASSWORD, "next": "https://evil.example/"})

    assert proven.headers["Location"] == "/"


def test_with_two_step_sign_in_the_password_alone_proves_nothing(signed_in, prove, ada):
    switch_on(ada)
    browser = prove(signed_in(ada), method="password")

    asked = browser.get(NEW)
    browser.post("/reauthenticate/", {"password": PASSWORD})

    assert path_of(asked) == "/reauthenticate/"
    assert path_of(browser.get("/reauthenticate/")) == "/two-step/reauthenticate/"
    assert browser.get(NEW).status_code == 302


@pytest.mark.parametrize("by", ["app", "recovery code"])
def test_with_two_step_sign_in_the_second_step_does(signed_in, prove, ada, by):
    secret = switch_on(ada)
    browser = prove(signed_in(ada), method="password")

    proof = code(secret) if by == "app" else recovery_codes(ada)[0]
    browser.post("/two-step/reauthenticate/", {"code": proof})

    assert browser.get(NEW).status_code == 200


def test_a_second_step_grows_old_too(signed_in, prove, ada):
    switch_on(ada)

    assert prove(signed_in(ada), ago=16 * MINUTE).get(NEW).status_code == 302


def test_another_persons_proof_in_this_browser_does_not_count(signed_in, grace, ada):
    browser = signed_in(grace)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(ada.pk)
    session.save()

    assert browser.get(NEW).status_code == 302


WEIGHTY = [
    "/password/change/",
    "/two-step/app/activate/",
    "/two-step/app/deactivate/",
    "/two-step/recovery-codes/",
    "/two-step/recovery-codes/download/",
    "/two-step/recovery-codes/generate/",
    "/passkeys/add/",
    "/passkeys/1/edit/",
    "/passkeys/1/remove/",
]


@pytest.mark.parametrize("path", WEIGHTY)
@pytest.mark.parametrize("method", ["get", "head", "post", "put"])
def test_switching_two_step_sign_in_asks_for_it(signed_in, prove, ada, path, method):
    switch_on(ada)
    before = list(Authenticator.objects.values_list("pk", "data"))
    browser = prove(signed_in(ada), ago=31 * MINUTE)

    response = getattr(browser, method)(path)

    assert path_of(response) == "/reauthenticate/"
    assert list(Authenticator.objects.values_list("pk", "data")) == before


WEIGHTY_IN_AN_ACCOUNT = [
    *("oncekeys:api_key_new", "oncekeys:api_keys_find"),
    *(f"oncekeys:api_key_{what}" for what in ("edit", "rotate", "resume")),
    *("invitation_new", "member_role", "member_remove"),
]


@pytest.fixture
def weighty(acme, crm, bob):
    """The path of such a page: `weighty("oncekeys:api_key_edit")`."""
    subjects = {"oncekeys:api_key": crm.api_key.key_id, "member": Membership.objects.get(user=bob).pk}

    def path(name: str) -> str:
        subject = subjects.get(name.rpartition("_")[0])
        return reverse(name, args=["acme"] if name == "oncekeys:api_key_new" or subject is None else ["acme", subject])

    return path


@pytest.mark.parametrize("name", WEIGHTY_IN_AN_ACCOUNT)
@pytest.mark.parametrize("headers", [{}, DIALOG], ids=["page", "dialog"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_weighty_page_of_an_account_asks_for_it(stale, weighty, name, headers, method):
    response = getattr(stale, method)(weighty(name), headers=headers)

    asked = response.headers.get("HX-Redirect") or response.headers.get("Location", "")
    assert urlsplit(asked).path == "/reauthenticate/"


TAKING_ACCESS_AWAY = ["oncekeys:api_key_delete", "oncekeys:api_key_pause"]


@pytest.mark.parametrize("name", TAKING_ACCESS_AWAY)
def test_taking_access_away_never_waits_for_it(stale, weighty, name):
    assert stale.get(weighty(name)).status_code == 200
    assert path_of(stale.post(weighty(name))) == KEYS


def test_a_form_that_was_opened_gives_no_time_to_another(signed_in, prove, ada, crm):
    browser = prove(signed_in(ada), method="password", ago=14 * MINUTE)
    browser.get(dialog_of(crm.api_key, "edit"))
    prove(browser, method="password", ago=20 * MINUTE)

    asked = browser.post(NEW, SENT)

    assert path_of(asked) == "/reauthenticate/"
    assert ApiKey.objects.count() == 1


def test_many_forms_that_were_opened_do_not_fill_the_session(signed_in, prove, ada, crm):
    browser = prove(signed_in(ada), method="password")
    for number in range(30):
        session = browser.session
        session[SHOWN] = {**session.get(SHOWN, {}), f"/{number}/": time.time() - 30 + number}
        session.save()

    browser.get(NEW)

    assert len(browser.session[SHOWN]) == 20
    assert NEW in browser.session[SHOWN]


def test_a_proof_dated_in_the_future_is_none(signed_in, prove, ada):
    assert prove(signed_in(ada), method="password", ago=-2 * MINUTE).get(NEW).status_code == 302


def test_a_proof_of_a_clock_a_second_ahead_counts(signed_in, prove, ada):
    assert prove(signed_in(ada), method="password", ago=timedelta(seconds=-2)).get(NEW).status_code == 200


def test_a_proof_dated_in_the_future_hides_no_other(signed_in, ada):
    browser = signed_in(ada)
    session = browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [*records, {"method": "password", "at": time.time() + 3600}]
    session.save()

    assert browser.get(NEW).status_code == 200


def test_renaming_the_account_asks_for_it(stale, acme):
    asked = stale.post("/accounts/acme/settings/", {"name": "Mine"})

    acme.refresh_from_db()
    assert (path_of(asked), acme.name) == ("/reauthenticate/", "Acme")


def test_only_switching_emails_about_keys_off_asks_for_it(stale, ada):
    asked = stale.post("/profile/", {})
    ada.refresh_from_db()
    assert (path_of(asked), ada.wants_key_mail) == ("/reauthenticate/", True)

    User.objects.update(wants_key_mail=False)
    stale.post("/profile/", {"wants_key_mail": "on"})

    ada.refresh_from_db()
    assert ada.wants_key_mail


def test_an_export_asks_for_it_and_comes_back_to_its_page(stale, crm):
    asked = stale.post(f"{ACTIVITY}export.csv?kind=api_key.created")

    assert (path_of(asked), afterwards(asked.headers["Location"])) == (
        "/reauthenticate/",
        f"{ACTIVITY}?kind=api_key.created",
    )
    assert not crm.api_key.account.audit_events.filter(kind="account.activity_exported").exists()
