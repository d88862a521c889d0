"""Replacing a key by another, without a moment in which neither works."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oncekeys.keys import hashing
from oncekeys.models import ApiKey, AuditEvent
from oncekeys.services import api_keys, verification
from oncekeys.services.by import By
from oncekeys.services.refusals import Code, Refused
from oncekeys.services.rotation import CannotRotate, rotate

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT_ONCE = timedelta()


def works(key: api_keys.NewKey) -> bool:
    try:
        verification.verify(key.token.reveal(), address="203.0.113.9")
    except Refused:
        return False
    return True


def refusal(key: api_keys.NewKey) -> Code:
    with pytest.raises(Refused) as refused:
        verification.verify(key.token.reveal(), address="203.0.113.9")
    return refused.value.code


def long_after(key: api_keys.NewKey) -> None:
    """The grace of that key is over."""
    ApiKey.objects.filter(pk=key.api_key.pk).update(expires_at=timezone.now() - HOUR)


def used(key: api_keys.NewKey) -> None:
    ApiKey.objects.filter(pk=key.api_key.pk).update(first_used_at=timezone.now(), last_used_at=timezone.now())


def test_the_successor_takes_over_name_environment_limits_and_slot(acme, ada):
    old = api_keys.create(
        account=acme, by=By.system(), name="CRM", environment="staging", networks="203.0.113.0/24", scopes=["read-only"]
    )

    new = rotate(api_key=old.api_key, by=By(ada), grace=HOUR).api_key

    taken_over = ("account", "name", "environment", "addresses", "scopes", "slot")
    assert [getattr(new, field) for field in taken_over] == [getattr(old.api_key, field) for field in taken_over]
    assert (new.created_by, new.replaces) == (ada, old.api_key)


def test_during_the_grace_both_keys_work_and_after_it_only_the_new_one(crm, ada):
    new = rotate(api_key=crm.api_key, by=By(ada), grace=HOUR)
    assert works(crm)
    assert works(new)

    long_after(crm)
    assert refusal(crm) is Code.EXPIRED_KEY
    assert works(new)


def test_without_a_grace_the_old_key_is_wiped_at_once(crm, ada):
    new = rotate(api_key=crm.api_key, by=By(ada), grace=AT_ONCE)

    assert refusal(crm) is Code.INVALID_KEY
    assert ApiKey.objects.get(pk=crm.api_key.pk).secret_hash is None
    assert works(new)


def test_the_old_key_never_outlives_its_own_expiry(acme, ada):
    old = api_keys.create(account=acme, by=By(ada), name="CRM", expires=HOUR)

    rotate(api_key=old.api_key, by=By(ada), grace=7 * DAY)

    assert ApiKey.objects.get(pk=old.api_key.pk).expires_at == old.api_key.expires_at


def test_an_admins_rotation_renews_the_end_and_a_keys_own_does_not(acme, ada):
    renewed = api_keys.create(account=acme, by=By(ada), name="Renewed", expires=30 * DAY)
    kept = api_keys.create(account=acme, by=By(ada), name="Kept", expires=30 * DAY)
    made = timezone.now() - 10 * DAY
    ApiKey.objects.update(created_at=made, expires_at=made + 30 * DAY)

    new = rotate(api_key=renewed.api_key, by=By(ada), grace=HOUR).api_key
    same = rotate(api_key=kept.api_key, by=By(None, is_key=True), grace=HOUR, renews=False).api_key

    assert new.expires_at - new.created_at == 30 * DAY
    assert same.expires_at == made + 30 * DAY


def test_a_key_is_replaced_only_once(crm, ada):
    new = rotate(api_key=crm.api_key, by=By(ada), grace=DAY)

    with pytest.raises(CannotRotate, match=f"already been rotated. {new.api_key.public_id}"):
        rotate(api_key=crm.api_key, by=By(ada), grace=DAY)


def test_a_rotation_that_is_refused_costs_no_argon2(crm, ada, monkeypatch):
    rotate(api_key=crm.api_key, by=By(ada), grace=DAY)
    made = []
    monkeypatch.setattr(hashing, "make", lambda *arguments: made.append(arguments))

    with pytest.raises(CannotRotate):
        rotate(api_key=crm.api_key, by=By(ada), grace=DAY)

    assert made == []


def test_after_deleting_the_new_key_the_page_says_to_create_another(crm, ada):
    api_keys.delete(api_key=rotate(api_key=crm.api_key, by=By(ada), grace=DAY).api_key, by=By(ada))

    with pytest.raises(CannotRotate, match="the new key was deleted"):
        rotate(api_key=crm.api_key, by=By(ada), grace=DAY)


def test_the_database_itself_knows_no_second_successor(acme, crm, ada):
    rotate(api_key=crm.api_key, by=By(ada), grace=DAY)
    other = api_keys.create(account=acme, by=By(ada), name="Other")

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=other.api_key.pk).update(replaces=crm.api_key)


def test_a_second_rotation_waits_until_the_first_key_has_ended(crm, ada):
    """Otherwise a key in its grace period, which someone still relies on, would end too early."""
    second = rotate(api_key=crm.api_key, by=By(ada), grace=DAY)
    used(second)

    with pytest.raises(CannotRotate, match=f"{crm.api_key.public_id}, still works until"):
        rotate(api_key=second.api_key, by=By(ada), grace=DAY)

    long_after(crm)
    third = rotate(api_key=second.api_key, by=By(ada), grace=DAY)
    assert works(second)
    assert works(third)
    assert ApiKey.objects.get(pk=crm.api_key.pk).secret_hash is None


def test_an_unused_new_key_can_be_rotated_again(crm, ada):
    lost = rotate(api_key=crm.api_key, by=By(ada), grace=DAY)

    found = rotate(api_key=lost.api_key, by=By(ada), grace=DAY)

    assert refusal(lost) is Code.INVALID_KEY
    assert found.api_key.replaces == crm.api_key
    assert works(crm)
    assert works(found)


@pytest.mark.parametrize(("change", "sentence"), [("expired", "has expired"), ("deleted", "has been deleted")])
def test_nothing_takes_over_from_a_key_that_has_ended(crm, ada, change, sentence):
    if change == "expired":
        long_after(crm)
    else:
        api_keys.delete(api_key=crm.api_key, by=By(ada))

    with pytest.raises(CannotRotate, match=sentence):
        rotate(api_key=crm.api_key, by=By(ada), grace=DAY)

    assert ApiKey.objects.count() == 1


def test_the_successor_of_a_paused_key_works_and_the_old_one_stays_paused(crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    new = rotate(api_key=crm.api_key, by=By(ada), grace=DAY)

    assert refusal(crm) is Code.PAUSED_KEY
    assert works(new)


def test_a_rotation_leaves_an_event_on_either_key(crm, ada):
    new = rotate(api_key=crm.api_key, by=By(ada, "203.0.113.9"), grace=HOUR).api_key

    old = ApiKey.objects.get(pk=crm.api_key.pk)
    rotated, created = AuditEvent.objects.filter(actor=ada, address="203.0.113.9").order_by("id")
    assert (rotated.kind, rotated.api_key) == ("api_key.rotated", old)
    assert rotated.details["successor"] == new.public_id
    assert rotated.details["works_until"] == old.expires_at.isoformat()
    assert (created.kind, created.api_key) == ("api_key.created", new)
    assert created.details["replaces"] == old.public_id


def test_the_databases_clock_decides_when_the_grace_ends(crm, ada, monkeypatch):
    wrong = timezone.now() + HOUR
    monkeypatch.setattr(timezone, "now", lambda: wrong)

    rotate(api_key=crm.api_key, by=By(ada), grace=HOUR / 2)

    assert works(crm)
    assert ApiKey.objects.get(pk=crm.api_key.pk).expires_at < wrong
