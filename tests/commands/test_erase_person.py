"""Someone who asks for it is erased everywhere, and the log can still be read."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import Invitation, Membership, Role, User
from accounts.services import email_change, invitations, memberships
from dev.second_step import switch_on
from oncekeys.models import AuditEvent
from oncekeys.services import accounts, api_keys
from oncekeys.services.by import By
from tests.faults.test_secrets_stay_secret import database_dump
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db

GRACE = "grace@acme.example"
HOME = "198.51.100.77"


@pytest.fixture
def grace(grace) -> User:
    """She has signed in, made a key, invited someone, and set up a second step."""
    grace.set_password(PASSWORD)
    grace.save()
    return grace


@pytest.fixture
def browser(grace) -> Client:
    browser = Client(REMOTE_ADDR=HOME, headers={"user-agent": "Grace's own browser"})
    browser.post("/login/", {"login": GRACE, "password": PASSWORD})
    browser.get("/profile/")
    return browser


@pytest.fixture
def traces(acme, umbrella, ada, eve, grace, bob, browser):
    """Everything that a person leaves behind here."""
    api_keys.create(account=acme, by=By(grace, HOME), name="Nightly import")
    invitations.invite(account=acme, by=By(grace, HOME), email="new@acme.example", role=Role.MEMBER)
    bobs = Membership.objects.get(user=bob)
    memberships.change_role(membership=bobs, role=Role.ADMIN, by=By(grace, HOME))
    graces = Membership.objects.get(user=grace)
    memberships.change_role(membership=graces, role=Role.OWNER, by=By(ada, "203.0.113.1"))
    invitations.invite(account=umbrella, by=By(eve), email=GRACE, role=Role.MEMBER)
    email_change.ask(session=UserSession.objects.get(user=grace), email="hopper@new.example")
    switch_on(grace)
    LogEntry.objects.create(
        user=ada,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(grace.pk),
        object_repr=str(grace),
        action_flag=CHANGE,
    )


def erase(*arguments: str) -> None:
    call_command("erase_person", *arguments)


def test_nothing_in_the_database_tells_who_an_erased_person_was(traces):
    traced = [trace in database_dump() for trace in TRACES]

    erase(" Grace@Acme.example")

    assert all(traced)
    assert [trace for trace in TRACES if trace in database_dump()] == []


TRACES = [GRACE.encode(), b"Grace", b"Hopper", b"hopper@new.example", HOME.encode()]


def test_the_log_still_says_what_an_erased_person_did(traces, acme, ada, grace, signed_in):
    erase(GRACE)

    page = signed_in(ada).get("/accounts/acme/settings/activity/").text
    csv = signed_in(ada).post("/accounts/acme/settings/activity/export.csv")
    former = f"Former member {grace.pk}"
    assert "Nightly import" in page
    assert page.count(former) > 3
    assert f"{former}: email, name and IP addresses were removed from this log." in page
    assert former.encode() in b"".join(csv)
    assert AuditEvent.objects.get(kind="api_key.created").actor == grace


def test_an_erased_person_is_signed_out_and_cannot_come_back(traces, acme, grace, browser):
    erase(GRACE)

    assert browser.get("/profile/").status_code == 302
    assert not Client().login(email=GRACE, password=PASSWORD)
    assert not Membership.objects.filter(user=grace).exists()
    assert not Invitation.objects.filter(email=GRACE).exists()
    browser.post("/login/", {"login": GRACE, "password": PASSWORD})
    assert browser.get("/profile/").status_code == 302


def test_no_session_of_an_erased_person_stays(traces, grace, browser):
    key = browser.session.session_key

    erase(GRACE)
    User.objects.filter(pk=grace.pk).update(is_active=True)

    assert not Session.objects.filter(session_key=key).exists()
    assert browser.get("/profile/").status_code == 302


def test_everyone_else_keeps_everything(traces, acme, ada, bob, signed_in):
    others = signed_in(bob)
    others.get("/profile/")
    before = AuditEvent.objects.exclude(actor__email=GRACE).exclude(details__email=GRACE).order_by("pk")
    kept = list(before.values())

    erase(GRACE)

    assert list(AuditEvent.objects.filter(pk__in=[event["id"] for event in kept]).order_by("pk").values()) == kept
    assert others.get("/profile/").status_code == 200
    assert AuditEvent.objects.get(kind="account.created", account=acme).details["name"] == "Acme"


def test_the_command_says_what_was_removed_and_what_stays(traces, grace, capsys):
    erase(GRACE)

    said = capsys.readouterr().err
    assert "memberships 1, sessions 1, passkeys, authenticator apps and recovery codes 2, invitations 1" in said
    assert f"“Former member {grace.pk}”" in said
    assert "backups" in said


def test_the_last_owner_of_an_account_is_not_erased(acme, ada, grace):
    with pytest.raises(CommandError, match=r"Acme would have no owner who can sign in\. Make someone else an owner"):
        erase("ada@acme.example")

    ada.refresh_from_db()
    assert (ada.email, ada.is_active) == ("ada@acme.example", True)


def test_the_last_owner_of_a_disabled_account_is_erased(acme, ada):
    accounts.disable(account=acme, by=By.system())

    erase("ada@acme.example")

    assert b"Lovelace" not in database_dump()


def test_an_email_that_someone_had_before_is_found_in_the_log(acme, ada):
    joined = memberships.join(account=acme, user=User.objects.create_user("old@acme.example"), role=Role.MEMBER)
    User.objects.filter(pk=joined.user_id).update(email="new@acme.example")
    memberships.remove(membership=joined, by=By(ada))

    erase("new@acme.example")

    assert b"old@acme.example" not in database_dump()


def test_an_email_that_only_the_operator_knows_of_can_be_named(acme, ada, grace):
    memberships.change_role(membership=Membership.objects.get(user=grace), role=Role.MEMBER, by=By(ada))
    User.objects.filter(pk=grace.pk).update(email="new@acme.example")

    erase("new@acme.example", "--former-email", GRACE)

    assert GRACE.encode() not in database_dump()


def test_a_former_email_that_is_someone_elses_now_is_refused(acme, grace, bob):
    with pytest.raises(CommandError, match=r"Someone else signs in with “bob@acme\.example” now"):
        erase(GRACE, "--former-email", "bob@acme.example")

    assert User.objects.filter(email=GRACE).exists()


def test_someone_who_was_only_invited_is_erased(acme, ada, signed_in):
    invitations.invite(account=acme, by=By(ada), email="new@acme.example", role=Role.MEMBER)

    erase("new@acme.example")

    assert b"new@acme.example" not in database_dump()
    assert "Erased person" in signed_in(ada).get("/accounts/acme/settings/activity/").text


def test_an_unknown_email_is_one_sentence(acme):
    with pytest.raises(CommandError, match=r"Nothing here has the email “nobody@acme\.example”"):
        erase("nobody@acme.example")


def test_an_erased_person_can_be_invited_again(acme, ada, grace):
    erase(GRACE)

    membership = memberships.join(account=acme, user=User.objects.create_user(GRACE), role=Role.MEMBER)

    assert membership.user.pk != grace.pk


CHANGED = {
    "id": "id + 1000",
    "account_id": "(SELECT max(id) FROM oncekeys_account)",
    "at": "'2020-01-01 00:00:00'",
    "kind": "'member.removed'",
    "actor_id": "NULL",
    "by_key": "true",
    "api_key_id": "(SELECT max(id) FROM oncekeys_apikey)",
    "address": "'203.0.113.9'",
    "details": """'{"name": "Another", "email": "former-member-1@erased.invalid", "role": "owner"}'""",
}


def test_no_column_of_the_log_is_forgotten():
    assert CHANGED.keys() == {field.attname for field in AuditEvent._meta.concrete_fields}


@pytest.mark.parametrize("column", CHANGED)
def test_even_an_erased_persons_events_are_not_rewritten(acme, umbrella, grace, crm, column):
    membership = Membership.objects.get(user=grace)
    memberships.remove(membership=membership, by=By(grace, HOME))
    event = AuditEvent.objects.get(kind="member.removed")
    erase(GRACE)
    where = f"SET {column} = {CHANGED[column]} WHERE "

    for each in (f"id = {event.pk}", "kind = 'account.created'"):
        assert refuses(f"UPDATE oncekeys_auditevent {where}{each}"), each


def test_what_was_erased_is_not_blamed_on_another(acme, ada, grace, bob):
    invitations.invite(account=acme, by=By(ada), email="new@acme.example", role=Role.MEMBER)
    for email in ("new@acme.example", GRACE):
        erase(email)

    for another in (f"former-member-{grace.pk}@erased.invalid", "mallory@erased.invalid", bob.email):
        details = f"""'{{"email": "{another}", "role": "member"}}'"""
        assert refuses(f"UPDATE oncekeys_auditevent SET details = {details} WHERE kind = 'member.invited'")


@pytest.mark.parametrize(
    "change",
    [
        "address = NULL",
        """details = '{"email": "former-member-1@erased.invalid", "name": "", "role": "admin"}'""",
    ],
)
def test_the_log_keeps_data_of_people_who_were_not_erased(acme, ada, grace, change):
    memberships.remove(membership=Membership.objects.get(user=grace), by=By(grace, HOME))

    assert refuses(f"UPDATE oncekeys_auditevent SET {change} WHERE kind = 'member.removed'")


def refuses(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        return "Audit events are only ever added." in str(error)
    return False
