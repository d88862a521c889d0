"""Making a key."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dev.keyring import fill
from oncekeys.keys import hashing, seal
from oncekeys.models import ApiKey, AuditEvent, CapReached, Environment, names
from oncekeys.services import api_keys
from oncekeys.services.by import By

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("promised_cost")
def test_only_the_hash_and_the_seal_of_a_key_are_stored(acme, ada, settings):
    created = api_keys.create(account=acme, by=By(ada), name="CRM")

    stored = ApiKey.objects.get()
    assert stored.key_id == created.token.key_id
    assert stored.secret_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashing.matches(created.token, stored.secret_hash)
    assert seal.fits(created.token, bytes(stored.seal), [settings.SECRET_KEY])


@pytest.mark.parametrize(("environment", "start"), [("production", "ok_live_"), ("staging", "ok_test_")])
def test_the_key_says_its_environment(acme, ada, environment, start):
    created = api_keys.create(account=acme, by=By(ada), name="CRM", environment=Environment(environment))

    assert created.token.reveal().startswith(start)
    assert created.api_key.public_id == start + created.token.key_id


def test_making_a_key_leaves_an_audit_event(acme, ada):
    created = api_keys.create(account=acme, by=By(ada, "203.0.113.9"), name="CRM")

    event = AuditEvent.objects.filter(kind="api_key.created").get()
    assert (event.account, event.actor, event.api_key) == (acme, ada, created.api_key)
    assert (event.address, event.details) == ("203.0.113.9", {"name": "CRM"})


def test_no_key_is_left_where_its_audit_event_could_not_be_written(acme, ada, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("oncekeys.services.audit.record", fail)

    with pytest.raises(RuntimeError):
        api_keys.create(account=acme, by=By(ada), name="CRM")

    assert not ApiKey.objects.exists()


def test_the_26th_key_is_refused_with_a_sentence(acme, ada):
    fill(acme, 25)

    with pytest.raises(CapReached, match="already has 25 keys"):
        api_keys.create(account=acme, by=By(ada), name="One too many")

    assert acme.api_keys.active().count() == 25


def test_a_deleted_key_makes_room(acme, ada):
    fill(acme, 25)
    api_keys.delete(api_key=acme.api_keys.first(), by=By(ada))

    api_keys.create(account=acme, by=By(ada), name="In its place")

    assert acme.api_keys.active().count() == 25


def test_an_expired_key_makes_room_and_stays_in_the_list(acme, ada):
    fill(acme, 25)
    acme.api_keys.filter(slot=7).update(expires_at=timezone.now() - timedelta(seconds=1))

    created = api_keys.create(account=acme, by=By(ada), name="In its place")

    assert created.api_key.slot == 7
    assert acme.api_keys.listed().count() == 26


def test_the_cap_of_one_account_is_not_that_of_another(acme, umbrella, eve):
    fill(acme, 25)

    assert api_keys.create(account=umbrella, by=By(eve), name="CRM").api_key.slot == 1


@pytest.mark.parametrize("slot", [0, 26])
def test_the_database_itself_knows_no_slot_beyond_the_cap(acme, crm, slot):
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=crm.api_key.pk).update(slot=slot)


def test_the_database_itself_gives_a_slot_only_once(acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other")

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=other.api_key.pk).update(slot=crm.api_key.slot)


@pytest.mark.parametrize("again", ["Production CRM", "production crm", " PRODUCTION CRM "])
def test_two_active_keys_cannot_have_the_same_name_in_any_case(acme, ada, crm, again):
    with pytest.raises(api_keys.NameTaken, match="already an active key"):
        api_keys.create(account=acme, by=By(ada), name=again)


def test_the_name_of_a_deleted_key_can_be_given_again(acme, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert api_keys.create(account=acme, by=By(ada), name="Production CRM").api_key.name == "Production CRM"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Enter a name"),
        (" \t ", "Enter a name"),
        ("x" * 65, "at most 64 characters; this name has 65"),
        ("CRM\u202e", "invisible"),
        ("C\u200bRM", "invisible"),
        ("CRM\x00", "invisible"),
        ("CRM\nlive", "invisible"),
        ("ok_live_7Fh2k9QxYz12_9sXbC3fLmRtY7hKpQ2vWzN5dGj8aEuT4oBi", "looks like a key"),
    ],
)
def test_a_name_that_would_mislead_is_refused_with_a_sentence(acme, ada, name, sentence):
    with pytest.raises(names.BadName, match=sentence):
        api_keys.create(account=acme, by=By(ada), name=name)

    assert not ApiKey.objects.exists()
