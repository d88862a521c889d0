"""Everything about how a person signs in is recorded: in a row of theirs, and as a line."""

import json
import logging
import re

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import PersonEvent, User
from accounts.models.person_event import MOST_AN_HOUR
from config.logs import JSONFormatter
from dev.second_step import code, passkey, prove, recovery_codes, switch_on
from oncekeys.testing import committed
from tests.pages import ACTIVITY, KEYS, PASSWORD, words

pytestmark = pytest.mark.django_db

LOG = "/profile/activity/"
NEW_PASSWORD = "another long secret of mine"


def kinds(person) -> list[str]:
    return list(PersonEvent.objects.filter(person=person).order_by("id").values_list("kind", flat=True))


@pytest.fixture
def lines(caplog):
    """The facts of each line on the security log: `lines()`."""
    caplog.set_level(logging.INFO, "oncekeys.security")

    def written():
        records = [*caplog.get_records("setup"), *caplog.get_records("call")]
        return [record.security for record in records if record.name == "oncekeys.security"]

    return written


@pytest.fixture
def browser(ada) -> Client:
    """Ada's, signed in by her password, from home."""
    browser = Client(REMOTE_ADDR="198.51.100.7", headers={"user-agent": "curl/8.5.0"})
    with committed():
        browser.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})
    return browser


def test_signing_in_and_out(lines, browser, ada):
    with committed():
        browser.post("/logout/")

    assert kinds(ada) == ["sign_in.succeeded", "sign_in.ended"]
    place = {"person": ada.pk, "actor": ada.pk, "address": "198.51.100.7"}
    assert lines() == [
        {"event": "sign_in.succeeded", **place, "method": "password"},
        {"event": "sign_in.ended", **place},
    ]


def test_a_wrong_password_is_no_act_of_the_person(lines, client, ada):
    with committed():
        client.post("/login/", {"login": "ada@acme.example", "password": "a guess"})

    assert kinds(ada) == ["sign_in.failed"]
    assert lines() == [{"event": "sign_in.failed", "person": ada.pk, "address": "127.0.0.1", "method": "password"}]


def test_an_unknown_email_leaves_a_line_alone_without_what_was_typed(lines, client, db, caplog):
    client.post("/login/", {"login": "my-own-password@typed.example", "password": "a guess"})

    assert not PersonEvent.objects.exists()
    assert lines() == [{"event": "sign_in.failed", "address": "127.0.0.1", "method": "password"}]
    assert "typed.example" not in caplog.text


def guess(client, email="ada@acme.example"):
    client.post("/login/", {"login": email, "password": "a guess"})


def test_a_failed_sign_in_takes_as_many_queries_for_a_known_email(client, ada):
    guess(client)  # what is read once for a process
    numbers = []
    for email in ("ada@acme.example", "nobody@acme.example"):
        with CaptureQueriesContext(connection) as queries:
            guess(client, email)
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


def test_a_forgotten_password_writes_nothing_before_the_answer(client, ada):
    client.post("/password/reset/", {"email": "ada@acme.example"})

    assert not PersonEvent.objects.exists()


def test_failures_fill_no_table(ada):
    for host in range(MOST_AN_HOUR + 5):
        with committed():
            guess(Client(REMOTE_ADDR=f"203.0.113.{host}"))

    assert kinds(ada) == ["sign_in.failed"] * MOST_AN_HOUR


def test_what_a_person_repeats_fills_no_table_and_loses_no_line(lines, browser, ada):
    with committed():
        for _ in range(MOST_AN_HOUR + 5):
            browser.post("/profile/", {})
            browser.post("/profile/", {"wants_key_mail": "on"})

    assert kinds(ada)[1:] == ["key_mail.off", "key_mail.on"] * MOST_AN_HOUR
    assert [line["event"] for line in lines()][1:] == ["key_mail.off", "key_mail.on"] * (MOST_AN_HOUR + 5)


def test_a_change_of_who_can_sign_in_is_never_left_out(signed_in, ada):
    PersonEvent.objects.bulk_create(PersonEvent(person=ada, kind="passkey.removed") for _ in range(MOST_AN_HOUR))
    switch_on(ada)
    key, browser = passkey(ada), signed_in(ada)
    prove(browser)

    browser.post(f"/passkeys/{key.pk}/remove/")

    assert kinds(ada).count("passkey.removed") == MOST_AN_HOUR + 1


def test_where_no_other_session_was_none_was_ended(browser, ada):
    browser.post("/sessions/")

    assert "sessions.ended" not in kinds(ada)


def test_guesses_that_were_stopped_are_told_apart(client, ada):
    for _ in range(6):
        with committed():
            guess(client)

    assert PersonEvent.objects.latest("id").details == {"method": "too_many_attempts"}


def test_a_second_step_that_failed_and_one_that_did_not(client, ada):
    secret = switch_on(ada)
    client.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})

    client.post("/two-step/authenticate/", {"code": "000000"})
    client.post("/two-step/authenticate/", {"code": code(secret)})

    assert kinds(ada) == ["second_step.failed", "sign_in.succeeded"]
    assert PersonEvent.objects.latest("id").details == {"method": "password totp"}


def test_a_passkey_that_failed(client, ada):
    passkey(ada)
    client.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})

    client.post("/two-step/authenticate/", {"credential": '{"id": "x"}'})

    assert kinds(ada) == ["second_step.failed"]


def test_a_recovery_code_that_was_used(client, ada):
    switch_on(ada)
    client.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})

    client.post("/two-step/authenticate/", {"code": recovery_codes(ada)[0]})

    assert kinds(ada) == ["recovery_codes.used", "sign_in.succeeded"]


def test_a_proof_and_one_that_failed(browser, ada):
    browser.post("/reauthenticate/", {"password": "a guess"})
    browser.post("/reauthenticate/", {"password": PASSWORD})

    assert kinds(ada)[1:] == ["proof.failed", "proof.succeeded"]


def test_second_steps_that_come_and_go(signed_in, ada):
    switch_on(ada)
    key, browser = passkey(ada), signed_in(ada)
    prove(browser)

    browser.get("/two-step/recovery-codes/")
    with committed():
        browser.post("/two-step/recovery-codes/generate/")
    browser.post(f"/passkeys/{key.pk}/edit/", {"name": "Desk"})
    browser.post(f"/passkeys/{key.pk}/remove/")
    browser.post("/two-step/app/deactivate/")

    assert kinds(ada)[1:] == [
        "recovery_codes.shown",
        "recovery_codes.made",
        "passkey.renamed",
        "passkey.removed",
        "authenticator_app.removed",
        "recovery_codes.removed",
    ]


def test_an_app_that_is_set_up(browser, ada):
    page = browser.get("/two-step/app/activate/").text
    secret = page.partition('<code id="secret">')[2].partition("<")[0]

    with committed():
        browser.post("/two-step/app/activate/", {"code": code(secret)})

    assert kinds(ada)[1:3] == ["authenticator_app.added", "recovery_codes.made"]


def test_a_new_password(browser, ada):
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    browser.post("/password/change/", form)

    assert "password.changed" in kinds(ada)


def test_a_forgotten_password(client, ada, mailoutbox):
    with committed():
        client.post("/password/reset/", {"email": "ada@acme.example"})
    link = mailoutbox[-1].body.partition("http://127.0.0.1")[2].split()[0]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert kinds(ada) == ["password.link_mailed", "password.set", "sign_in.succeeded"]


def test_another_email(browser, ada, mailoutbox):
    with committed():
        browser.post("/profile/email/", {"email": "ada@new.example"})
    browser.post(mailoutbox[-1].body.partition("http://127.0.0.1")[2].split()[0])

    assert kinds(ada)[1:] == ["email.asked", "email.changed"]


def test_sessions_that_were_ended_from_another(browser, signed_in, ada):
    signed_in(ada).get("/profile/")
    browser.post("/sessions/")

    assert kinds(ada)[-1] == "sessions.ended"


def test_one_session_that_was_ended_from_another(browser, signed_in, ada):
    signed_in(ada).get("/profile/")
    (session,) = re.findall(r'name="session"\s+value="(\d+)"', browser.get("/sessions/").text)
    browser.post("/sessions/", {"session": session})

    assert kinds(ada)[-1] == "session.ended"


def test_emails_about_keys(browser, ada):
    browser.post("/profile/", {})
    browser.post("/profile/", {"wants_key_mail": "on"})
    browser.post("/profile/", {"wants_key_mail": "on"})

    assert kinds(ada)[1:] == ["key_mail.off", "key_mail.on"]


def test_a_page_that_was_refused_by_its_name(lines, signed_in, bob):
    browser = signed_in(bob)

    with committed():
        assert browser.get(KEYS).status_code == 403

    refused = PersonEvent.objects.latest("id")
    assert (refused.kind, refused.details) == ("page.refused", {"page": "oncekeys:apis_webhooks", "account": "acme"})
    assert lines()[-1]["page"] == "oncekeys:apis_webhooks"


def test_a_forged_form_is_a_line(lines, db):
    Client(enforce_csrf_checks=True).post("/login/", {"login": "ada@acme.example"})

    assert lines() == [{"event": "page.refused", "address": "127.0.0.1", "page": "account_login"}]


@pytest.fixture
def staff(signed_in, db):
    root = User.objects.create_superuser("root@site.example", PASSWORD)
    browser = signed_in(root)
    prove(browser, method="password")
    return root, browser


def test_what_staff_do_to_a_person_is_in_that_persons_log(staff, bob, signed_in):
    root, browser = staff
    browser.post(reverse("admin:accounts_user_change", args=[bob.pk]), {**NO_ROWS, "shown": "is_active", "groups": []})

    event = PersonEvent.objects.get(person=bob)
    assert (event.kind, event.actor) == ("person.switched_off", root)


@pytest.mark.parametrize(
    ("email", "found"), [(" Ada@acme.example ", 2), ("grace@acme.example", 0), ("ada", 0), ("nobody@acme.example", 0)]
)
def test_staff_find_what_a_person_did_and_what_was_done_to_them(staff, ada, grace, bob, email, found):
    _, desk = staff
    PersonEvent.objects.create(person=ada, kind="proof.succeeded")
    PersonEvent.objects.create(person=bob, kind="person.switched_off", actor=ada)

    with CaptureQueriesContext(connection) as queries:
        page = desk.get(reverse("admin:accounts_personevent_changelist"), {"q": email}).text

    assert page.count("field-person") == found
    assert not [query for query in queries if "UPPER(" in query["sql"]]


NO_ROWS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


def test_what_staff_may_do_is_written_down_when_it_changes(staff):
    root, browser = staff

    browser.post(reverse("admin:auth_group_add"), {"name": "Support"})

    assert PersonEvent.objects.filter(person=root, kind="staff.changed").get().details["subject"] == "Support ()"


def test_a_line_has_nothing_that_staff_have_typed(lines, staff, bob):
    _, browser = staff
    with committed():
        browser.post(reverse("admin:auth_group_add"), {"name": "Bob’s friends"})
        form = {**NO_ROWS, "shown": "is_active", "is_active": "on", "groups": [Group.objects.get().pk]}
        browser.post(reverse("admin:accounts_user_change", args=[bob.pk]), form)

    events = [line["event"] for line in lines()]
    assert {"staff.changed", "person.groups_changed"} <= set(events)
    assert "friends" not in str(lines())


def test_the_first_of_staff_is_written_down(db):
    root = User.objects.create_superuser("root@site.example", PASSWORD)

    assert kinds(root) == ["person.made_staff"]


@pytest.mark.parametrize(
    ("command", "kind"),
    [("password_link", "password.link_printed"), ("switch_off_two_step", "two_step.switched_off")],
)
def test_what_an_operator_does_by_a_command(ada, command, kind):
    switch_on(ada)

    call_command(command, "ada@acme.example")

    event = PersonEvent.objects.get()
    assert (event.kind, event.actor) == (kind, None)


BY_ADA = {"address": "127.0.0.1"}


def test_an_export_is_in_the_accounts_log_and_not_in_itself(lines, signed_in, ada):
    with committed():
        file = signed_in(ada).post(f"{ACTIVITY}export.csv").getvalue().decode()

    assert "Activity exported" in signed_in(ada).get(ACTIVITY).text
    assert "activity_exported" not in file
    assert {"event": "account.activity_exported", "account": "acme", **BY_ADA, "actor": ada.pk} in lines()


def test_what_a_new_key_is_limited_to_is_in_the_log(lines, signed_in, acme, ada):
    from oncekeys.testing import new_key

    with committed():
        key = new_key(account=acme, networks="203.0.113.7", scopes=["read-only"]).api_key

    page = words(signed_in(ada).get(ACTIVITY))
    assert "Allowed IP addresses: 203.0.113.7." in page
    assert "Scopes: read-only." in page
    limits = {"addresses": "203.0.113.7/32", "scopes": "read-only"}
    assert lines()[-1] == {"event": "api_key.created", "account": "acme", "key": key.public_id, **limits}


def test_people_see_their_own_log_and_no_one_elses(browser, signed_in, grace):
    theirs, hers = words(signed_in(grace).get(LOG)), words(browser.get(LOG))

    assert "Signed in With: password You from 198.51.100.7 curl" in hers
    assert "198.51.100.7" not in theirs


def test_each_kind_of_fact_is_said_in_words(browser, ada):
    for details, _ in FACTS:
        PersonEvent.objects.create(person=ada, kind="staff.changed", details=details)

    text = words(browser.get(LOG))

    assert [said for _, said in FACTS if said not in text] == []


FACTS = [
    ({"method": "too_many_attempts"}, "Too many attempts, so we didn’t check the password."),
    ({"method": "webauthn totp"}, "With: passkey, authenticator app"),
    ({"page": "members"}, "Page: Members"),
    ({"page": "oncekeys:apis_webhooks", "account": "acme"}, "Page: APIs & Webhooks, account: acme"),
    ({"page": "account_login"}, "Page: account_login"),
    ({"groups": ""}, "Groups: -"),
    ({"subject": "Support (view_account)", "change": "changed"}, "Support (view_account): changed"),
]


def test_a_long_log_has_pages(browser, ada):
    PersonEvent.objects.bulk_create(PersonEvent(person=ada, kind="proof.succeeded") for _ in range(25))

    first = browser.get(LOG)
    older = first.text.partition('href="?before=')[2].partition('"')[0]
    second = browser.get(LOG, {"before": older})

    assert [page.text.count('class="event"') for page in (first, second)] == [20, 6]
    assert "Newest" in second.text


def test_the_profile_shows_the_latest(browser):
    assert "Your activity Signed in ·" in words(browser.get("/profile/"))


def change_one() -> None:
    PersonEvent.objects.update(kind="proof.succeeded")


CHANGES = {
    "update": change_one,
    "taking out an address": lambda: PersonEvent.objects.update(address=None, user_agent=""),
    "delete": lambda: PersonEvent.objects.all().delete(),
    "bare delete": lambda: connection.cursor().execute("DELETE FROM accounts_personevent"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_event_is_changed_or_deleted(browser, change):
    written = PersonEvent.objects.values().get()

    with pytest.raises(IntegrityError, match=r"Events of people are only ever added\."), transaction.atomic():
        change()

    assert PersonEvent.objects.values().get() == written


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_log_is_not_emptied(browser):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_personevent")


def test_who_was_erased_leaves_neither_address_nor_browser(browser, acme, grace, ada):
    from accounts.models import Membership, Role

    Membership.objects.filter(user=grace).update(role=Role.OWNER)

    call_command("erase_person", "ada@acme.example")

    events = PersonEvent.objects.filter(person=ada)
    assert [(event.kind, event.address, event.user_agent) for event in events.order_by("id")] == [
        ("sign_in.succeeded", None, ""),
        ("person.erased", None, ""),
    ]


def test_a_line_of_json_has_the_facts(lines, browser, ada, caplog):
    written = json.loads(JSONFormatter().format(caplog.get_records("setup")[-1]))

    assert written["event"] == "sign_in.succeeded"
    assert written["person"] == ada.pk
    assert written["level"] == "INFO"
