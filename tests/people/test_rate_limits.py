"""Guessing is slowed down, and no one can use up someone else's attempts."""

import pytest
from django.test import Client

from dev.second_step import switch_on
from oncekeys.testing import committed
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db

RIGHT = {"login": "ada@acme.example", "password": PASSWORD}
WRONG = {"login": "ada@acme.example", "password": "a guess"}
STRANGER = "203.0.113.66"


def sign_in(form, address="127.0.0.1", **headers):
    """Return whether that signs in, from there."""
    return Client(REMOTE_ADDR=address).post("/login/", form, **headers).status_code == 302


def test_after_five_wrong_passwords_the_right_one_must_wait_too(ada):
    for _ in range(5):
        sign_in(WRONG)

    assert not sign_in(RIGHT)


def test_a_stranger_cannot_lock_a_person_out(ada):
    for _ in range(30):
        sign_in(WRONG, STRANGER)

    assert not sign_in(RIGHT, STRANGER)
    assert sign_in(RIGHT)


def test_many_strangers_cannot_lock_a_person_out(ada):
    for host in range(1, 31):
        sign_in(WRONG, f"203.0.113.{host}")

    assert sign_in(RIGHT)


def test_one_address_cannot_try_its_luck_with_many_emails(ada):
    for number in range(20):
        sign_in({"login": f"person{number}@acme.example", "password": "a guess"}, STRANGER)

    assert not sign_in(RIGHT, STRANGER)


def test_one_guesser_stops_no_one_else_whose_address_is_unknown(ada):
    for number in range(70):
        sign_in({"login": f"person{number}@acme.example", "password": "a guess"}, address="")

    assert sign_in(RIGHT, address="")


def test_guesses_from_an_unknown_address_still_count_for_the_email(ada):
    for _ in range(5):
        sign_in(WRONG, address="")

    assert not sign_in(RIGHT, address="")


def test_one_customer_s_ipv6_network_counts_as_one_address(ada):
    for host in range(1, 6):
        sign_in(WRONG, f"2001:db8:1:2::{host}")

    assert not sign_in(RIGHT, "2001:db8:1:2::99")
    assert sign_in(RIGHT, "2001:db8:9:9::1")


def test_a_forged_header_makes_no_new_address(ada):
    for number in range(5):
        sign_in(WRONG, headers={"X-Forwarded-For": f"192.0.2.{number}"})

    assert not sign_in(RIGHT, headers={"X-Forwarded-For": "192.0.2.99"})


def test_behind_our_own_proxy_each_client_counts_for_itself(ada, settings):
    settings.TRUSTED_PROXY_HOPS = 1
    for _ in range(5):
        sign_in(WRONG, headers={"X-Forwarded-For": STRANGER})

    assert not sign_in(RIGHT, headers={"X-Forwarded-For": STRANGER})
    assert sign_in(RIGHT, headers={"X-Forwarded-For": "192.0.2.7"})


def test_too_many_requests_are_answered_with_429_and_a_page(ada):
    answers = [Client().post("/password/reset/", {"email": f"{number}@acme.example"}) for number in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert "Too many attempts" in answers[-1].text


def test_a_stranger_cannot_block_a_reset_link(ada, mailoutbox):
    with committed():
        for host in range(1, 21):
            Client(REMOTE_ADDR=f"203.0.113.{host}").post("/password/reset/", {"email": "ada@acme.example"})

        answer = Client().post("/password/reset/", {"email": "ada@acme.example"})

    assert answer.status_code == 302
    assert len(mailoutbox) == 5  # a full mailbox doesn't help either; the links in these work


def test_guessing_the_second_step_is_slowed_down_from_wherever(ada, client):
    switch_on(ada)
    client.post("/login/", RIGHT)

    answers = [
        client.post("/two-step/authenticate/", {"code": "000000"}, REMOTE_ADDR=f"203.0.113.{host}").text
        for host in range(1, 8)
    ]

    assert "Too many" not in answers[4]
    assert "Too many" in answers[5]


def test_guessing_the_password_of_an_open_session_is_slowed_down(signed_in, ada):
    browser = signed_in(ada)

    answers = [browser.post("/reauthenticate/", {"password": f"guess {number}"}) for number in range(11)]

    assert "Too many" in answers[5].text
    assert answers[10].status_code == 429


def test_a_strangers_failures_do_not_block_a_proof(signed_in, ada):
    for _ in range(10):
        sign_in(WRONG, STRANGER)

    assert signed_in(ada).post("/reauthenticate/", {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("path", "form", "most"),
    [("/login/", {}, 60), ("/passkeys/login/", {"credential": "{}"}, 20), ("/password/reset/key/1-wrong/", {}, 20)],
)
def test_a_stranger_may_ask_only_so_often_in_a_minute(db, path, form, most):
    answers = answers_of(Client(), path, form, most + 1)

    assert (429 in answers[:most], answers[most]) == (False, 429)


def test_guessing_the_old_password_on_the_way_to_a_new_one_is_slowed_down(signed_in, ada):
    new = "another long secret of mine"
    form = {"oldpassword": "a guess", "password1": new, "password2": new}

    assert answers_of(signed_in(ada), "/password/change/", form, 6)[-1] == 429


def answers_of(browser, path, form, times):
    return [browser.post(path, form).status_code for _ in range(times)]
