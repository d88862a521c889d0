"""Two-step sign-in: an authenticator app, recovery codes, and what of them rests in the database."""

import json
import re
from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from dev.second_step import code, recovery_codes, switch_on
from oncekeys.testing import committed
from tests.at_once import at_once
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_IN = {"login": "ada@acme.example", "password": PASSWORD}
SECRET = re.compile(r'<code id="secret">(\w+)</code>')


def is_signed_in(client):
    return client.get("/two-step/").status_code == 200


def test_an_app_is_set_up_with_a_code_it_shows(signed_in, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]

    response = browser.post("/two-step/app/activate/", {"code": code(secret)})

    assert response.headers["Location"] == "/two-step/recovery-codes/"
    assert "Switch off" in browser.get("/two-step/").text


def test_a_wrong_code_sets_up_nothing(signed_in, ada):
    browser = signed_in(ada)
    browser.get("/two-step/app/activate/")

    browser.post("/two-step/app/activate/", {"code": "000000"})

    assert not Authenticator.objects.exists()


def test_the_qr_code_is_drawn_without_an_inline_style_or_an_image(signed_in, ada):
    page = signed_in(ada).get("/two-step/app/activate/").text

    assert '<svg viewBox="0 0 ' in page
    assert "data:image" not in page
    assert "style=" not in page


def test_the_codes_follow_the_app_without_a_further_proof(signed_in, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]

    page = browser.post("/two-step/app/activate/", {"code": code(secret)}, follow=True).text

    assert all(shown in page for shown in recovery_codes(ada))


def test_the_password_alone_no_longer_signs_in(client, ada):
    switch_on(ada)

    response = client.post("/login/", SIGN_IN)

    assert response.headers["Location"] == "/two-step/authenticate/"
    assert not is_signed_in(client)


def test_the_app_s_code_is_the_second_step(client, ada):
    secret = switch_on(ada)
    client.post("/login/?next=/accounts/acme/", {**SIGN_IN, "next": "/accounts/acme/"})

    response = client.post("/two-step/authenticate/", {"code": code(secret)})

    assert response.headers["Location"] == "/accounts/acme/"
    assert is_signed_in(client)


def test_a_wrong_code_signs_no_one_in(client, ada):
    switch_on(ada)
    client.post("/login/", SIGN_IN)

    client.post("/two-step/authenticate/", {"code": "000000"})

    assert not is_signed_in(client)


@pytest.mark.parametrize(("steps_ago", "is_right"), [(1, True), (2, False)])
def test_the_code_of_the_step_before_signs_in_too(client, ada, steps_ago, is_right):
    secret = switch_on(ada)
    client.post("/login/", SIGN_IN)

    client.post("/two-step/authenticate/", {"code": code(secret, steps_ago=steps_ago)})

    assert is_signed_in(client) is is_right


@pytest.mark.parametrize(("steps_ago", "is_right"), [(1, True), (2, False)])
def test_the_code_of_the_step_before_sets_up_an_app_too(signed_in, ada, steps_ago, is_right):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]

    browser.post("/two-step/app/activate/", {"code": code(secret, steps_ago=steps_ago)})

    assert Authenticator.objects.filter(type="totp").exists() is is_right


@pytest.mark.parametrize("steps_ago", [0, 1])
def test_a_code_signs_in_once(client, ada, steps_ago):
    secret = switch_on(ada)
    seen = code(secret, steps_ago=steps_ago)
    for _ in range(2):
        cache.clear()  # as another process sees it, or this one half a minute later
        client.post("/logout/")
        client.post("/login/", SIGN_IN)
        client.post("/two-step/authenticate/", {"code": seen})

    assert not is_signed_in(client)


def test_after_one_code_the_other_of_the_two_still_signs_in(client, ada):
    secret = switch_on(ada)
    for shown in [code(secret, steps_ago=steps_ago) for steps_ago in (1, 0)]:
        client.post("/logout/")
        client.post("/login/", SIGN_IN)
        client.post("/two-step/authenticate/", {"code": shown})

        assert is_signed_in(client)


def test_the_code_that_set_up_the_app_does_not_sign_in(signed_in, client, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]
    spent = code(secret)
    browser.post("/two-step/app/activate/", {"code": spent})
    client.post("/login/", SIGN_IN)

    client.post("/two-step/authenticate/", {"code": spent})

    assert not is_signed_in(client)


def test_a_code_that_signed_in_is_no_proof_later(client, ada):
    secret = switch_on(ada)
    spent = code(secret)
    client.post("/login/", SIGN_IN)
    client.post("/two-step/authenticate/", {"code": spent})

    answer = client.post("/two-step/reauthenticate/", {"code": spent})

    assert "was already used" in answer.text


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_a_code_at_once_one_gets_in(ada):
    secret = switch_on(ada)
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        browser.post("/login/", SIGN_IN)
    seen = code(secret)

    at_once([partial(send_code, browser, seen) for browser in browsers])

    assert sorted(map(is_signed_in, browsers)) == [False, False, False, True]


def send_code(browser, seen):
    browser.post("/two-step/authenticate/", {"code": seen})
    connections.close_all()


def test_a_form_that_is_sent_twice_sets_up_one_app(signed_in, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]
    for _ in range(2):
        answer = browser.post("/two-step/app/activate/", {"code": code(secret)})

    assert answer.headers["Location"] == "/two-step/"
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_the_app_of_another_tab_is_told_to_scan_again(signed_in, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]
    browser.get("/two-step/app/activate/")

    answer = browser.post("/two-step/app/activate/", {"code": code(secret)})

    assert "Scan it again" in answer.text


def test_a_recovery_code_signs_in_once(client, ada):
    switch_on(ada)
    spent = recovery_codes(ada)[0]
    results = []
    for _ in range(2):
        client.post("/logout/")
        client.post("/login/", SIGN_IN)
        client.post("/two-step/authenticate/", {"code": spent})
        results.append(is_signed_in(client))

    assert results == [True, False]
    assert spent not in recovery_codes(ada)


def test_a_reset_link_does_not_replace_the_second_step(client, ada):
    switch_on(ada)
    with committed():
        client.post("/password/reset/", {"email": "ada@acme.example"})
    link = re.search(r"http://127\.0\.0\.1(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True).redirect_chain[-1][0]

    response = client.post(form, {"password1": "another long secret", "password2": "another long secret"})

    assert response.headers["Location"] == "/two-step/authenticate/"
    assert not is_signed_in(client)


def test_switching_off_deletes_the_recovery_codes_too(signed_in, prove, ada):
    switch_on(ada)
    browser = prove(signed_in(ada))

    browser.post("/two-step/app/deactivate/")

    assert not Authenticator.objects.exists()


def test_new_recovery_codes_take_the_place_of_the_old(signed_in, prove, ada):
    switch_on(ada)
    old = recovery_codes(ada)

    prove(signed_in(ada)).post("/two-step/recovery-codes/generate/")

    assert set(old).isdisjoint(recovery_codes(ada))


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_second_step_there_are_no_codes_to_stand_in_for_it(signed_in, ada, method):
    answer = getattr(signed_in(ada), method)("/two-step/recovery-codes/generate/")

    assert answer.headers["Location"] == "/two-step/"
    assert not Authenticator.objects.exists()


def test_the_codes_can_be_kept_as_a_file(signed_in, prove, ada):
    switch_on(ada)

    file = prove(signed_in(ada)).get("/two-step/recovery-codes/download/")

    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert all(kept in file.text for kept in recovery_codes(ada))


@pytest.mark.django_db(transaction=True)
def test_a_mail_tells_that_it_was_switched_on(signed_in, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]

    browser.post("/two-step/app/activate/", {"code": code(secret)})

    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["ada@acme.example"], "Two-step sign-in is on")
    ]


def test_no_secret_rests_in_clear(signed_in, ada):
    browser = signed_in(ada)
    secret = SECRET.search(browser.get("/two-step/app/activate/").text)[1]
    assert not any(secret in str(session.get_decoded()) for session in Session.objects.all())
    browser.post("/two-step/app/activate/", {"code": code(secret)})

    with connection.cursor() as cursor:
        cursor.execute("SELECT type, data FROM mfa_authenticator")
        rows = {kind: data if isinstance(data, str) else json.dumps(data) for kind, data in cursor.fetchall()}

    assert secret not in rows["totp"]
    assert "gAAAA" in rows["totp"]  # what Fernet's tokens begin with
    assert "gAAAA" in rows["recovery_codes"]
    assert not any(shown in rows["recovery_codes"] for shown in recovery_codes(ada))


def test_a_password_changed_since_the_first_step_ends_the_sign_in(client, ada):
    secret = switch_on(ada)
    client.post("/login/", SIGN_IN)
    ada.set_password(f"{PASSWORD} again")
    ada.save()

    answer = client.post("/two-step/authenticate/", {"code": code(secret)}, follow=True)

    assert "Your password has changed." in answer.text
    assert not is_signed_in(client)


def test_a_second_step_that_comes_too_late_is_told_so(client, ada):
    secret = switch_on(ada)
    client.post("/login/", SIGN_IN)
    session = client.session
    session["account_login"] = {**session["account_login"], "initiated_at": 1}
    session.save()

    answer = client.post("/two-step/authenticate/", {"code": code(secret)}, follow=True)

    assert "That took too long." in answer.text
    assert not is_signed_in(client)


def test_after_the_secret_key_moved_into_the_fallbacks_they_still_work(client, ada, settings):
    secret = switch_on(ada)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a-new-key-" * 5
    client.post("/login/", SIGN_IN)

    client.post("/two-step/authenticate/", {"code": code(secret)})

    assert is_signed_in(client)


def test_without_the_secret_key_they_cannot_be_read(ada, settings):
    switch_on(ada)

    settings.SECRET_KEY = "a-stranger-s-key-" * 4

    with pytest.raises(InvalidToken):
        recovery_codes(ada)


@pytest.mark.parametrize("answer", ["", "{}", "null", "[]", '{"id": 1}', '{"response": {"userHandle": "!"}}', "\x00"])
def test_an_invalid_passkey_signs_no_one_in(client, ada, answer):
    response = client.post("/passkeys/login/", {"credential": answer})

    assert response.status_code == 302
    assert not is_signed_in(client)


def test_codes_offer_to_be_copied_only_where_scripts_can(signed_in, prove, ada):
    switch_on(ada)

    page = prove(signed_in(ada)).get("/two-step/recovery-codes/").text

    assert re.search(r'<button[^>]*data-copies="recovery-codes"[^>]* hidden', page)
