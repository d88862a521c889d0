"""People can't choose passwords that are easy to guess."""

import hashlib
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import Role
from accounts.services import breached_passwords, invitations
from oncekeys.services.by import By
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db

EASY = [
    "password2026",
    "Password2026!",
    "!!qwertyuiop12",
    "aaaaaaaaaaaa",
    "oncekeys2026",
    "0ncek3y5-2026",
    "acme123456",
    "AcmeAcme12",
    "lovelace1815",
    "adalovelace42",
    "ada@acme.example",
]
GOOD = ["correct horse battery staple", "acme has a blue ladder", "Lovelace never met Turing", "kV7-pq3-zM9x"]


@pytest.mark.parametrize("password", EASY)
def test_one_that_is_easy_to_guess_is_refused(ada, password):
    with pytest.raises(ValidationError):
        validate_password(password, ada)


@pytest.mark.parametrize("password", GOOD)
def test_one_that_only_mentions_such_a_word_is_accepted(signed_in, ada, password):
    form = {"oldpassword": "correct horse battery staple", "password1": password, "password2": password}
    ada.set_password(form["oldpassword"])
    ada.save()

    signed_in(ada).post("/password/change/", form)

    ada.refresh_from_db()
    assert ada.check_password(password)


def test_a_page_says_why(signed_in, ada):
    form = {"oldpassword": "correct horse battery staple", "password1": "acme123456", "password2": "acme123456"}
    ada.set_password(form["oldpassword"])
    ada.save()

    page = signed_in(ada).post("/password/change/", form)

    assert "This password is mostly your name, your account’s or this site’s." in page.text


def test_each_rule_that_one_breaks_has_its_own_line(signed_in, ada):
    form = {"oldpassword": "correct horse battery staple", "password1": "acme1", "password2": "acme1"}
    ada.set_password(form["oldpassword"])
    ada.save()

    page = signed_in(ada).post("/password/change/", form)

    assert re.findall(r"<li>This password is (too|mostly)", page.text) == ["too", "mostly"]


def test_a_newcomer_cannot_take_the_name_of_the_account_either(client, acme, ada, mailoutbox):
    with committed():
        invitations.invite(account=acme, by=By(ada), email="new@else.example", role=Role.MEMBER)
    link = mailoutbox[-1].body.partition("http://127.0.0.1")[2].split()[0]

    page = client.post(link, {"name": "Newcomer", "password": "acme123456"})

    assert (page.status_code, "This password is mostly" in page.text) == (422, True)


@contextmanager
def service(answer, *, status=200):
    """One that knows breached passwords, and the requests that it got."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Add-Padding"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/range", asked
        finally:
            server.shutdown()
            thread.join()


DIGEST = hashlib.sha1(GOOD[0].encode()).hexdigest().upper()
PREFIX, REST = DIGEST[:5], DIGEST[5:]
VALIDATOR = breached_passwords.BreachedPasswordValidator


def test_a_service_learns_five_characters_alone(settings):
    with (
        service(f"{'0' * 35}:3\r\n{REST}:17\r\n") as (settings.BREACHED_PASSWORDS_URL, asked),
        pytest.raises(ValidationError, match="appeared in a data breach"),
    ):
        VALIDATOR().validate(GOOD[0])

    assert asked == [(f"/range/{PREFIX}", "true")]


@pytest.mark.parametrize("answer", ["", f"{REST}:0\r\n", f"{'0' * 35}:3"], ids=["nothing", "padding", "others"])
def test_one_the_service_does_not_know_is_accepted(settings, answer):
    with service(answer) as (settings.BREACHED_PASSWORDS_URL, asked):
        VALIDATOR().validate(GOOD[0])

    assert len(asked) == 1


@pytest.mark.parametrize("status", [404, 500, 503])
def test_while_it_fails_a_password_is_accepted_and_a_line_says_so(settings, caplog, status):
    with service(f"{REST}:17", status=status) as (settings.BREACHED_PASSWORDS_URL, _):
        VALIDATOR().validate(GOOD[0])

    assert caplog.messages == ["Passwords aren't checked against breaches: HTTPError"]


def test_while_it_is_away_a_password_is_accepted(settings, caplog):
    settings.BREACHED_PASSWORDS_URL = "http://127.0.0.1:1/range"

    VALIDATOR().validate(GOOD[0])

    assert caplog.messages == ["Passwords aren't checked against breaches: URLError"]


def test_no_service_is_asked_unless_it_is_set(settings):
    assert not any("breached" in each["NAME"] for each in settings.AUTH_PASSWORD_VALIDATORS)
