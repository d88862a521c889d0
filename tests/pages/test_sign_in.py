"""Signing in and out, and setting a password."""

import re

import pytest
from django.core import mail

from oncekeys.testing import committed
from tests.pages import PASSWORD, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_with_password(ada):
    ada.set_password(PASSWORD)
    ada.save()
    return ada


def test_email_and_password_lead_to_the_page_that_was_asked_for(client, ada_with_password):
    response = client.post("/login/?next=/accounts/acme/settings/", {"login": "ADA@acme.example", "password": PASSWORD})

    assert response.headers["Location"] == "/accounts/acme/settings/"


def test_a_wrong_password_and_an_unknown_email_cannot_be_told_apart(client, ada_with_password):
    (page,) = {
        words(client.post("/login/", {"login": email, "password": "wrong"}))
        for email in ("ada@acme.example", "nobody@acme.example")
    }

    assert "The email or password is wrong." in page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "foo"])
def test_next_leads_to_paths_of_this_site_alone(client, ada_with_password, elsewhere):
    form = {"login": "ada@acme.example", "password": PASSWORD, "next": elsewhere}

    came_in = client.post(f"/login/?next={elsewhere}", form)
    went = client.post(f"/logout/?next={elsewhere}", {"next": elsewhere})

    assert came_in.headers["Location"] == "/"
    assert went.headers["Location"] == "/login/"


def test_signing_out_ends_the_session(client, signed_in, ada):
    browser = signed_in(ada)

    browser.post("/logout/")

    assert browser.get("/accounts/acme/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "path",
    [
        *("/email/", "/confirm-email/", "/confirm-email/x/", "/password/set/", "/login/code/"),
        *("/two-step/trust/", "/passkeys/signup/", "/signup/passkey/"),
    ],
)
def test_what_the_library_has_and_we_do_not_stand_behind_is_not_there(signed_in, ada, path):
    assert signed_in(ada).get(path).status_code == 404


def test_sign_up_is_closed(client, db):
    page = client.get("/signup/")
    client.post("/signup/", {"email": "new@acme.example", "password1": PASSWORD, "password2": PASSWORD})

    assert "Sign Up" not in page.text
    from accounts.models import User

    assert not User.objects.exists()


def test_an_emailed_link_resets_a_forgotten_password(client, ada):
    with committed():
        client.post("/password/reset/", {"email": "ada@acme.example"})

    link = re.search(r"http://127\.0\.0\.1(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_a_reset_link_uses_the_sites_own_address(client, ada):
    with committed():
        client.post("/password/reset/", {"email": "ada@acme.example"}, headers={"Host": "testserver:6666"})

    assert "http://127.0.0.1/password/reset/key/" in mail.outbox[0].body
    assert "testserver" not in mail.outbox[0].body


def test_the_reset_page_does_not_tell_who_has_an_account(client, ada):
    emails = ("ada@acme.example", "no@acme.example")
    with committed():
        answers = [client.post("/password/reset/", {"email": email}) for email in emails]

    assert {answer.status_code for answer in answers} == {302}
    assert [message.to for message in mail.outbox] == [["ada@acme.example"]]


def test_a_mail_server_that_is_away_undoes_nothing(client, ada_with_password, send_waiting):
    client.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})
    new = "another long secret of mine"

    with committed():
        answer = client.post("/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert not send_waiting()
    ada_with_password.refresh_from_db()
    assert answer.status_code == 302
    assert ada_with_password.check_password(new)
    assert client.get("/profile/").status_code == 200
