"""The daily command forgets sessions, invitations, IP addresses and warnings that are over."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Invitation, Role
from accounts.services import invitations
from oncekeys.models import ApiKey, AuditEvent, ExpiryWarning, KeyAddress, KeyUsage, Outcome
from oncekeys.services import api_keys
from oncekeys.services.by import By

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(days=91)
LATELY = timedelta(days=89)


@pytest.fixture
def ada_browses(signed_in, ada):
    """Her session's key."""

    def browse() -> str:
        client = signed_in(ada)
        client.get("/profile/")
        return client.session.session_key

    return browse


def known() -> tuple[set[str], set[str]]:
    return (
        set(Session.objects.values_list("session_key", flat=True)),
        set(UserSession.objects.values_list("session_key", flat=True)),
    )


def test_a_session_that_ran_out_is_deleted_with_its_address_and_browser(ada_browses):
    old, new = ada_browses(), ada_browses()
    Session.objects.filter(session_key=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert known() == ({old, new}, {old, new})

    call_command("delete_ended")

    assert known() == ({new}, {new})


def test_what_is_known_of_a_session_that_was_ended_is_deleted(ada_browses):
    ended, other = ada_browses(), ada_browses()
    Session.objects.filter(session_key=ended).delete()

    call_command("delete_ended")

    assert known() == ({other}, {other})


@pytest.fixture
def deleted(acme, ada):
    """A key that was deleted, and last used by the address, so long ago: `deleted("CRM", ago=…, seen=…)`."""

    def delete(name: str, *, ago: timedelta, seen: timedelta) -> ApiKey:
        key = api_keys.create(account=acme, by=By(ada), name=name).api_key
        api_keys.delete(api_key=key, by=By(ada))
        now = timezone.now()
        ApiKey.objects.filter(pk=key.pk).update(
            deleted_at=now - ago, last_used_at=now - ago, last_used_address="192.0.2.1"
        )
        KeyAddress.objects.create(api_key=key, address="192.0.2.1", last_seen_at=now - seen)
        return key

    return delete


def names_with_addresses() -> tuple[set[str], set[str]]:
    return (
        set(KeyAddress.objects.values_list("api_key__name", flat=True)),
        set(ApiKey.objects.exclude(last_used_address=None).values_list("name", flat=True)),
    )


def test_addresses_of_a_key_deleted_long_ago_are_forgotten(deleted, crm):
    KeyAddress.objects.create(api_key=crm.api_key, address="192.0.2.1", last_seen_at=timezone.now() - LONG_AGO)
    ApiKey.objects.filter(pk=crm.api_key.pk).update(last_used_address="192.0.2.1")
    deleted("Old", ago=LONG_AGO, seen=LONG_AGO)
    deleted("Recent", ago=LATELY, seen=LATELY)
    deleted("Still called", ago=LONG_AGO, seen=LATELY)

    call_command("delete_ended")

    living = "Production CRM"
    assert names_with_addresses() == ({living, "Recent", "Still called"}, {living, "Recent"})
    assert ApiKey.objects.count() == 4


def test_counts_of_calls_are_kept_for_90_days(crm):
    for ago in (LONG_AGO, LATELY):
        KeyUsage.objects.create(api_key=crm.api_key, hour=timezone.now() - ago, outcome=Outcome.ACCEPTED, calls=1)

    call_command("delete_ended")

    assert KeyUsage.objects.get().hour > timezone.now() - timedelta(days=90)


def test_warnings_of_keys_that_have_ended_are_forgotten(acme, ada, deleted):
    expires = timedelta(days=3)
    expired, expiring = (
        api_keys.create(account=acme, by=By(ada), name=name, expires=expires).api_key for name in ("Old", "New")
    )
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    gone = deleted("Gone", ago=LATELY, seen=LATELY)
    ExpiryWarning.objects.bulk_create(ExpiryWarning(api_key=key, days=14) for key in (expired, expiring, gone))

    call_command("delete_ended")

    assert ExpiryWarning.objects.get().api_key == expiring


def test_whom_an_invitation_was_sent_to_is_forgotten_long_after_it_ended(acme, ada):
    for name in ("old", "recent", "open"):
        invitations.invite(account=acme, by=By(ada), email=f"{name}@guests.example", role=Role.MEMBER)
    for name, ago in (("old", LONG_AGO), ("recent", LATELY)):
        Invitation.objects.filter(email__startswith=name).update(expires_at=timezone.now() - ago)
    events = AuditEvent.objects.count()

    call_command("delete_ended")

    assert set(Invitation.objects.values_list("email", flat=True)) == {"recent@guests.example", "open@guests.example"}
    assert AuditEvent.objects.count() == events
