"""The hot path: its cost and its answers."""

from datetime import timedelta

import pytest
from argon2.exceptions import VerificationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from dev.keyring import forge
from oncekeys.models import Account, ApiKey, Environment
from oncekeys.services import verification
from oncekeys.services.refusals import Code, Refused, Unavailable
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db


def refusal(text: str, **conditions) -> Refused:
    with pytest.raises(Refused) as refused:
        verification.verify(text, **conditions)
    return refused.value


def test_a_key_is_found_with_its_account_and_api_user_in_one_query(crm, acme):
    with CaptureQueriesContext(connection) as queries:
        found = verification.verify(crm.token.reveal())
        facts = (found.account.name, found.account.service_user.kind)

    assert found == crm.api_key
    assert facts == ("Acme", "service")
    assert len(queries) == 1


def test_what_is_found_is_what_the_orm_would_have_found(crm):
    found = verification.verify(crm.token.reveal())

    expected = ApiKey.objects.select_related("account__service_user").get()
    for mine, theirs in [
        (found, expected),
        (found.account, expected.account),
        (found.account.service_user, expected.account.service_user),
    ]:
        for field in set(mine._meta.concrete_fields) - {User._meta.get_field("password")}:
            assert getattr(mine, field.attname) == getattr(theirs, field.attname), field


def test_reading_past_the_orm_gives_the_same_as_its_logged_cursor(crm):
    unlogged = verification.verify(crm.token.reveal())
    with CaptureQueriesContext(connection):
        logged = verification.verify(crm.token.reveal())

    for field in ApiKey._meta.concrete_fields:
        assert getattr(unlogged, field.attname) == getattr(logged, field.attname), field


def test_a_key_costs_one_query_and_no_write(crm):
    with CaptureQueriesContext(connection) as queries:
        verification.verify(crm.token.reveal())

    assert [query["sql"][:6] for query in queries] == ["SELECT"]


@pytest.mark.parametrize(
    "text", ["", "x", "APIKEY" * 60_000 + "!", "ok_live_", "Bearer", "\x00" * 70, "ok_live_" + "a" * 62, "é" * 70]
)
def test_garbage_costs_no_query(db, text):
    with CaptureQueriesContext(connection) as queries:
        assert refusal(text).code is Code.MALFORMED_KEY

    assert len(queries) == 0


def test_an_expired_key_is_refused_and_only_its_holder_is_told_so(crm):
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert refusal(crm.token.reveal()).code is Code.EXPIRED_KEY
    assert refusal(forge(crm.api_key.public_id)).code is Code.INVALID_KEY


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-1), timedelta(hours=1)])
def test_expiry_goes_by_the_databases_clock(crm, monkeypatch, wrong_by):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + wrong_by)

    ApiKey.objects.update(expires_at=now + timedelta(minutes=30))
    assert verification.verify(crm.token.reveal())

    ApiKey.objects.update(expires_at=now - timedelta(minutes=30))
    assert refusal(crm.token.reveal()).code is Code.EXPIRED_KEY


def test_the_keys_of_a_disabled_account_are_refused_at_once(crm):
    verification.verify(crm.token.reveal())

    Account.objects.update(disabled_at=timezone.now())

    assert refusal(crm.token.reveal()).code is Code.INVALID_KEY


def test_keys_whose_api_user_is_switched_off_are_refused_at_once(crm):
    verification.verify(crm.token.reveal())

    User.objects.filter(pk=crm.api_key.account.service_user_id).update(is_active=False)

    assert refusal(crm.token.reveal()).code is Code.INVALID_KEY


def test_a_door_may_ask_for_an_environment(crm):
    assert verification.verify(crm.token.reveal(), environment=Environment.PRODUCTION)
    assert refusal(crm.token.reveal(), environment=Environment.STAGING).code is Code.WRONG_ENVIRONMENT


@pytest.mark.usefixtures("promised_cost")
def test_a_hash_with_older_parameters_verifies_and_is_replaced(crm, settings):
    settings.ONCEKEYS_ARGON2_MEMORY_KIB = 2 * 19_456

    with committed():
        assert verification.verify(crm.token.reveal())

    stored = ApiKey.objects.get().secret_hash
    assert stored.startswith("$argon2id$v=19$m=38912,t=2,p=1$")
    assert verification.verify(crm.token.reveal())


def test_a_key_deleted_meanwhile_is_not_given_a_new_hash(crm, settings):
    settings.ONCEKEYS_ARGON2_MEMORY_KIB = 2 * 19_456

    with committed():
        verification.verify(crm.token.reveal())
        ApiKey.objects.get().wipe(at=timezone.now())

    assert ApiKey.objects.get().secret_hash is None


def test_without_memory_to_hash_the_answer_is_unavailable(crm, monkeypatch):
    def fail(*args):
        raise VerificationError("Memory allocation error")

    monkeypatch.setattr("argon2.PasswordHasher.verify", fail)
    ApiKey.objects.update(seal=None)

    with pytest.raises(Unavailable):
        verification.verify(crm.token.reveal())
