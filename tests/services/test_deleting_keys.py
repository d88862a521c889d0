"""Deleting a key."""

import pytest
from django.db import IntegrityError, transaction

from oncekeys.models import ApiKey, AuditEvent
from oncekeys.services import api_keys, verification
from oncekeys.services.by import By
from oncekeys.services.meanwhile import RemovedMeanwhile
from oncekeys.services.refusals import Code, Refused

pytestmark = pytest.mark.django_db


def test_a_deleted_key_leaves_nothing_that_could_authenticate(crm, ada):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    row = ApiKey.objects.get()
    assert (row.secret_hash, row.seal, row.slot) == (None, None, None)
    assert row.deleted_at is not None
    assert (row.name, row.key_id) == ("Production CRM", crm.token.key_id)


def test_a_key_this_process_knows_is_refused_once_it_is_deleted(crm, ada):
    verification.verify(crm.token.reveal())

    api_keys.delete(api_key=crm.api_key, by=By(ada))

    with pytest.raises(Refused) as refused:
        verification.verify(crm.token.reveal())
    assert refused.value.code is Code.INVALID_KEY


def test_deleting_leaves_one_audit_event_however_often_it_is_asked(crm, ada):
    for _ in range(2):
        api_keys.delete(api_key=crm.api_key, by=By(ada, "203.0.113.9"))

    event = AuditEvent.objects.filter(kind="api_key.deleted").get()
    assert (event.actor, event.api_key, event.address) == (ada, crm.api_key, "203.0.113.9")
    assert event.details == {"name": "Production CRM"}


def test_the_database_itself_keeps_no_hash_of_a_deleted_key(crm, ada):
    secret_hash = crm.api_key.secret_hash
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.update(secret_hash=secret_hash)


def test_a_key_deleted_during_a_change_is_not_changed(crm, ada):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    with pytest.raises(RemovedMeanwhile):
        api_keys.change(api_key=crm.api_key, by=By(ada), name="CRM", networks="", scopes=["full"])

    assert ApiKey.objects.get().name == "Production CRM"
    assert not AuditEvent.objects.filter(kind="api_key.changed").exists()
