"""A new address to sign in with: confirmed by a link in a mail before it changes."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from oncekeys.testing import committed
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/profile/email/"
OLD, NEW = "ada@acme.example", "ada@new.example"
LINK = re.compile(r"http://127\.0\.0\.1(/profile/email/confirm/\S+/)")
RESET = re.compile(r"http://127\.0\.0\.1(/password/reset/key/\S+)")


@pytest.fixture
def browser(signed_in, ada):
    return signed_in(ada)


def ask(browser, email=NEW):
    with committed():
        return browser.post(PAGE, {"email": email}, follow=True)


def link():
    """The one in the last mail."""
    return LINK.findall(str(mail.outbox[-1].body))[0]


def confirm(browser, path):
    with committed():
        return browser.post(path, follow=True)


def email_of(user):
    return User.objects.get(pk=user.pk).email


def can_sign_in(email):
    visitor = Client()
    visitor.post("/login/", {"login": email, "password": PASSWORD})
    return "_auth_user_id" in visitor.session


def reset(email):
    """Ask for a new password and return the emails and their recipients."""
    mail.outbox.clear()
    with committed():
        Client().post("/password/reset/", {"email": email})
    return [message.to for message in mail.outbox if RESET.search(str(message.body))]


def test_the_profile_leads_to_it(browser):
    assert f'href="{PAGE}"' in browser.get("/profile/").text


def test_the_address_changes_once_the_link_mailed_to_it_is_confirmed(browser, ada):
    ask(browser, " Ada@New.example ")
    assert (mail.outbox[-1].to, email_of(ada)) == ([NEW], OLD)

    page = confirm(browser, link())

    assert email_of(ada) == NEW
    assert f"You now sign in with {NEW}." in page.text


def test_only_the_new_address_signs_in(browser, ada):
    ask(browser)
    before = (can_sign_in(OLD), can_sign_in(NEW))

    confirm(browser, link())

    assert before == (True, False)
    assert (can_sign_in(OLD), can_sign_in(NEW)) == (False, True)


def test_resets_go_only_to_the_new_address(browser, ada):
    assert (reset(OLD), reset(NEW)) == ([[OLD]], [])
    ask(browser)
    path = link()
    assert (reset(OLD), reset(NEW)) == ([[OLD]], [])

    confirm(browser, path)

    assert (reset(OLD), reset(NEW)) == ([], [[NEW]])
    assert not can_sign_in(OLD)


def test_a_reset_link_in_the_old_mailbox_no_longer_works(browser, ada):
    reset(OLD)
    path = RESET.findall(str(mail.outbox[-1].body))[0]
    ask(browser)

    confirm(browser, link())

    assert "/password/reset/key/" not in Client().get(path).headers.get("Location", "")


def test_opening_the_link_changes_nothing(browser, ada):
    ask(browser)

    page = browser.get(link())
    head = browser.head(link())

    assert (page.status_code, head.status_code) == (200, 200)
    assert NEW in page.text
    assert "Use this email address" in page.text
    assert email_of(ada) == OLD


def test_the_old_address_is_told_when_from_where_and_what_to_do(browser, ada):
    User.objects.update(time_zone="Asia/Tokyo")
    ask(browser)

    with committed():
        browser.post(link(), headers={"User-Agent": "Firefox of a thief"}, REMOTE_ADDR="203.0.113.9")

    notice = mail.outbox[-1]
    assert notice.to == [OLD]
    for fact in (NEW, "203.0.113.9", "Firefox of a thief", "JST", "If this wasn’t you"):
        assert fact in notice.body


UNKNOWN_BROWSER = {"en": "with this browser:\nAn unknown browser\n", "de": "Browser:\nUnbekannter Browser\n"}


@pytest.mark.parametrize("language", UNKNOWN_BROWSER)
def test_a_browser_that_does_not_say_what_it_is_is_called_unknown(browser, ada, language):
    User.objects.update(language=language)
    ask(browser)

    confirm(browser, link())

    assert UNKNOWN_BROWSER[language] in mail.outbox[-1].body


@pytest.mark.parametrize("language", UNKNOWN_BROWSER)
def test_and_in_the_library_s_notices_too(browser, ada, language):
    User.objects.update(language=language)

    with committed():
        form = {"oldpassword": PASSWORD, "password1": "other " * 3, "password2": "other " * 3}
        browser.post("/password/change/", form)

    assert UNKNOWN_BROWSER[language] in mail.outbox[-1].body


def test_no_one_is_told_before_it_changes(browser):
    ask(browser)

    assert [message.to for message in mail.outbox] == [[NEW]]


def test_it_asks_for_a_fresh_proof(browser, prove, ada):
    stale = prove(browser, method="password", ago=timedelta(minutes=31))

    assert stale.get(PAGE).headers["Location"].startswith("/reauthenticate/")
    with committed():
        assert stale.post(PAGE, {"email": NEW}).headers["Location"].startswith("/reauthenticate/")
    assert mail.outbox == []


def test_what_is_asked_for_is_shown_until_it_is_confirmed(browser):
    assert NEW not in browser.get("/profile/").text
    ask(browser)

    waiting = browser.get("/profile/").text
    confirm(browser, link())

    assert f"<strong>{NEW}</strong>, open the link we emailed there" in waiting
    assert "waits to be confirmed" not in browser.get("/profile/").text


def test_it_can_be_withdrawn_which_ends_the_link(browser, ada):
    ask(browser)

    page = browser.post(f"{PAGE}withdraw/", follow=True)
    answer = confirm(browser, link())

    assert f"Your email address is still {OLD}." in page.text
    assert "waits to be confirmed" not in page.text
    assert (answer.status_code, email_of(ada)) == (410, OLD)


def test_withdrawn_and_asked_for_again_the_first_link_stays_ended(browser, ada):
    ask(browser)
    first = link()
    browser.post(f"{PAGE}withdraw/")
    ask(browser)

    assert confirm(browser, first).status_code == 410
    assert confirm(browser, link()).status_code == 200
    assert email_of(ada) == NEW


def test_it_can_be_sent_again_which_ends_the_link_before(browser, ada):
    ask(browser)
    first = link()

    with committed():
        page = browser.post(f"{PAGE}resend/", follow=True)

    assert f"We’re sending an email to {NEW}." in page.text
    assert confirm(browser, first).status_code == 410
    confirm(browser, link())
    assert email_of(ada) == NEW


def test_where_nothing_waits_nothing_is_sent_again(browser):
    with committed():
        page = browser.post(f"{PAGE}resend/", follow=True)

    assert "There is no new email address to confirm." in page.text
    assert mail.outbox == []


def test_another_address_asked_for_takes_the_place_of_the_first(browser, ada):
    ask(browser, "first@new.example")
    first = link()
    ask(browser)

    assert confirm(browser, first).status_code == 410
    confirm(browser, link())
    assert email_of(ada) == NEW


def test_a_link_works_once(browser, ada):
    ask(browser)
    confirm(browser, link())
    path = link_of_the_first_mail()

    assert confirm(browser, path).status_code == 410


def link_of_the_first_mail():
    return LINK.findall(str(mail.outbox[0].body))[0]


def test_a_link_ends_when_the_old_address_changes_by_another_way(browser, ada):
    ask(browser)
    User.objects.filter(pk=ada.pk).update(email="ada@third.example")

    assert confirm(browser, link()).status_code == 410
    assert email_of(ada) == "ada@third.example"


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 410)])
def test_a_link_works_for_a_day(browser, ada, monkeypatch, hours, status):
    ask(browser)
    later = timezone.now().timestamp() + hours * 3600
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert confirm_late(browser, link()) == status


def confirm_late(browser, path):
    return browser.get(path).status_code


@pytest.mark.parametrize("token", ["x", "x:y:z", "%00", "a" * 500])
def test_a_made_up_link_is_answered_with_a_sentence(browser, token):
    ask(browser)

    answer = browser.get(f"{PAGE}confirm/{token}/")

    assert answer.status_code == 410
    assert "This link no longer works" in answer.text


def test_it_can_be_confirmed_on_another_device_where_one_is_signed_in(browser, signed_in, ada):
    ask(browser)

    confirm(signed_in(ada), link())

    assert email_of(ada) == NEW


def test_the_link_asks_to_sign_in_first(browser, client, ada):
    ask(browser)

    answer = client.post(link())

    assert answer.headers["Location"].startswith("/login/?next=/profile/email/confirm/")
    assert email_of(ada) == OLD


def test_a_mistyped_address_gives_its_owner_nothing(browser, signed_in, eve, ada):
    ask(browser, "eve.else@umbrella.example")

    answer = confirm(signed_in(eve), link())

    assert answer.status_code == 410
    assert (email_of(ada), email_of(eve)) == (OLD, "eve@umbrella.example")


def test_signing_out_everywhere_else_ends_what_an_intruder_asked_for(browser, signed_in, ada):
    intruder = signed_in(ada)
    ask(intruder)
    browser.get("/profile/")

    browser.post("/sessions/")

    assert confirm(browser, link()).status_code == 410
    assert email_of(ada) == OLD


def test_signing_out_where_it_was_asked_for_ends_it(browser, signed_in, ada):
    ask(browser)
    path = link()

    browser.post("/logout/")

    assert confirm(signed_in(ada), path).status_code == 410
    assert email_of(ada) == OLD


def test_the_latest_request_replaces_earlier_ones(browser, signed_in, ada):
    elsewhere = signed_in(ada)
    ask(browser, "first@new.example")
    first = link()

    ask(elsewhere)

    assert confirm(browser, first).status_code == 410
    assert "first@new.example" not in browser.get("/profile/").text
    assert confirm(browser, link()).status_code == 200


def test_a_taken_address_gets_the_same_answer_as_any_other(browser, eve):
    ask(browser)
    ask(browser)  # the page shows the last three events of theirs
    free = ask(browser)
    free_page = browser.get("/profile/").text
    taken = ask(browser, eve.email)
    taken_page = browser.get("/profile/").text

    assert (free.status_code, free.redirect_chain) == (taken.status_code, taken.redirect_chain)
    assert "We’re sending an email to eve@umbrella.example." in taken.text
    without_token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|(?:datetime|title)="[^"]+"')
    pages = [without_token.sub("", page).replace(NEW, eve.email) for page in (free_page, taken_page)]
    assert pages[0] == pages[1]


def test_the_addresss_owner_is_told_and_gets_no_link(browser, eve):
    ask(browser, eve.email)

    assert mail.outbox[-1].to == [eve.email]
    assert "You already sign in with eve@umbrella.example" in mail.outbox[-1].body
    assert not LINK.search(str(mail.outbox[-1].body))
    assert OLD not in mail.outbox[-1].body


def test_the_addresss_owner_is_told_in_their_own_language(browser, eve):
    User.objects.filter(pk=eve.pk).update(language="de")
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "ja"

    ask(browser, eve.email)

    assert mail.outbox[-1].to == [eve.email]
    assert "Adresse" in mail.outbox[-1].subject


def test_an_address_that_was_taken_meanwhile_is_answered_with_a_sentence(browser, ada, eve):
    ask(browser)
    User.objects.filter(pk=eve.pk).update(email=NEW)

    answer = confirm(browser, link())

    assert answer.status_code == 410
    assert f"Someone already signs in with {NEW}." in answer.text
    assert email_of(ada) == OLD


def test_an_address_taken_meanwhile_is_refused_in_a_sentence(browser, ada, eve, monkeypatch):
    ask(browser)
    User.objects.filter(pk=eve.pk).update(email=NEW)
    monkeypatch.setattr("accounts.services.email_change.filter_users_by_email", lambda email: [])

    answer = confirm(browser, link())

    assert answer.status_code == 410
    assert f"Someone already signs in with {NEW}." in answer.text
    assert email_of(ada) == OLD


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        (OLD, "This is already your email address."),
        ("ADA@acme.example", "This is already your email address."),
        ("ada", "valid"),
        ("", "Enter an email address."),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(browser, email, sentence):
    answer = ask(browser, email)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert mail.outbox == []


def test_only_so_many_mails_an_hour_are_sent_for_one_person(browser, signed_in, grace):
    for _ in range(5):
        ask(browser)

    sixth = ask(browser)
    with committed():
        again = browser.post(f"{PAGE}resend/", follow=True)

    assert sixth.status_code == 422
    assert "Wait an hour" in sixth.text
    assert "Wait an hour" in again.text
    assert len(mail.outbox) == 5
    assert ask(signed_in(grace), "grace@new.example").status_code == 200


def test_what_waits_is_no_address_to_sign_in_with(browser):
    ask(browser)

    assert not EmailAddress.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("taken", [False, True])
def test_an_unsent_email_is_shown_to_its_sender_and_reveals_nothing(browser, eve, send_waiting, taken):
    answer = ask(browser, eve.email if taken else NEW)
    send_waiting()

    assert "We’re sending an email" in answer.text
    page = browser.get("/profile/").text
    assert "We couldn’t send the email to" in page
    assert "the mail server can’t be reached" in page

    browser.post("/profile/email/resend/")
    assert "We couldn’t send the email to" not in browser.get("/profile/").text
