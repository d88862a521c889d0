"""A seal decides whether a key is right, and Argon2 runs where it can't. The two are set up to differ."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction

from dev.keyring import fill, forge
from dev.servers import running_server
from oncekeys import conf
from oncekeys.keys import hashing
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey
from oncekeys.services import api_keys, verification
from oncekeys.services.by import By
from oncekeys.services.refusals import Refused
from oncekeys.testing import committed
from tests.conftest import PATIENT
from tests.soon import soon

pytestmark = pytest.mark.django_db

ANOTHER = "another secret key of the site " * 2
# Takes seconds to check. No key has it.
SLOW_HASH = f"$argon2id$v=19$m=19456,t=400,p=1${'c2FsdHNhbHRzYWx0c2FsdA'}${'A' * 43}"


def works(text: str) -> bool:
    """Return whether it works, after the background's work is done too."""
    with committed(), suppress(Refused):
        return bool(verification.verify(text))
    return False


def have_argon2_say_yes_to(text: str) -> None:
    """And to nothing else, from now on and for every key."""
    ApiKey.objects.update(secret_hash=hashing.make(Token(text), conf.argon2_cost()))


def have_argon2_say_no() -> None:
    have_argon2_say_yes_to(Token.mint("live").reveal())


# Without Argon2


@pytest.mark.django_db(transaction=True)
def test_a_process_that_never_saw_a_key_runs_no_argon2_for_it(server, crm):
    have_argon2_say_no()

    assert server.test(crm.token.reveal()).status_code == 200


def test_a_wrong_secret_runs_no_argon2(crm):
    forged = forge(crm.api_key.public_id)
    have_argon2_say_yes_to(forged)

    assert not works(forged)


def test_keys_are_sealed_under_the_new_secret_key_beside_a_fallback(acme, crm, ada, settings):
    keys = [crm, *(api_keys.create(account=acme, by=By(ada), name=name) for name in ("Shop", "Billing"))]
    have_argon2_say_no()

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = ANOTHER, [settings.SECRET_KEY]
    assert all(works(key.token.reveal()) for key in keys)

    settings.SECRET_KEY_FALLBACKS = []
    assert all(works(key.token.reveal()) for key in keys)


def test_a_wrong_secret_runs_no_argon2_if_a_fallback_made_the_seal(crm, settings):
    forged = forge(crm.api_key.public_id)
    have_argon2_say_yes_to(forged)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = ANOTHER, [settings.SECRET_KEY]

    assert not works(forged)


@pytest.mark.django_db(transaction=True)
def test_during_a_deployment_processes_of_before_run_no_argon2_either(server, crm, settings, static_files, tmp_path):
    have_argon2_say_no()
    newer = {"SECRET_KEY": ANOTHER, "SECRET_KEY_FALLBACKS": settings.SECRET_KEY}

    with running_server(tmp_path / "log", **PATIENT, **newer) as new_server:
        answers = [each.test(crm.token.reveal()).status_code for _ in range(10) for each in (new_server, server)]

    assert set(answers) == {200}


# With Argon2


def test_after_a_lost_secret_key_a_key_works_and_is_sealed_anew(crm, settings):
    settings.SECRET_KEY = ANOTHER

    assert works(crm.token.reveal())

    have_argon2_say_no()
    assert works(crm.token.reveal())


def test_without_the_secret_key_a_wrong_secret_seals_nothing(crm, settings):
    settings.SECRET_KEY = ANOTHER

    assert not works(forge(crm.api_key.public_id))

    assert bytes(ApiKey.objects.get().seal) == bytes(crm.api_key.seal)
    assert works(crm.token.reveal())


def test_a_key_that_came_without_a_seal_works_and_is_sealed(crm):
    ApiKey.objects.update(seal=None)

    assert works(crm.token.reveal())

    have_argon2_say_no()
    assert works(crm.token.reveal())


@pytest.mark.full  # tests/keys says so of the pool; this hashes for seconds
@pytest.mark.django_db(transaction=True)
def test_a_known_key_goes_on_while_keys_without_a_seal_pile_up(crm, acme, static_files, tmp_path):
    fill(acme, 9)
    unsealed = ApiKey.objects.filter(seal=None)
    unsealed.update(secret_hash=SLOW_HASH)

    with running_server(tmp_path / "log", **PATIENT) as server, ThreadPoolExecutor(8) as callers:
        assert server.test(crm.token.reveal()).status_code == 200
        pile = [callers.submit(server.test, forge(key.public_id)) for key in unsealed]
        soon(lambda: sum(each.done() for each in pile) >= 6)
        known = [server.test(crm.token.reveal()).status_code for _ in range(3)]
        waiting = [each for each in pile if not each.done()]

        assert known == [200] * 3
        assert len(waiting) == 2
        assert {each.result().status_code for each in pile} == {503}


# What a seal is worth elsewhere


def test_a_seal_in_the_row_of_another_key_is_worth_nothing(acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other")

    ApiKey.objects.filter(pk=other.api_key.pk).update(secret_hash=crm.api_key.secret_hash, seal=crm.api_key.seal)

    assert not works(other.token.reveal())


def test_a_hash_in_the_row_of_another_key_is_worth_nothing(acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other")

    ApiKey.objects.filter(pk=other.api_key.pk).update(secret_hash=crm.api_key.secret_hash, seal=None)

    assert not works(other.token.reveal())


def test_the_database_itself_keeps_no_seal_of_a_deleted_key(crm, ada):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.update(seal=crm.api_key.seal)


def test_a_key_deleted_meanwhile_is_not_sealed_again(crm, ada):
    ApiKey.objects.update(seal=None)

    with committed():
        verification.verify(crm.token.reveal())
        api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert ApiKey.objects.get().seal is None
