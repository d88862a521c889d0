"""Whatever people do with a key, and in whatever order: what is let in is what a simple model of it says."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from accounts.services import site_accounts
from oncekeys.conf import MAX_ACTIVE_KEYS
from oncekeys.models import ApiKey, AuditEvent
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from oncekeys.services.refusals import Code, Refused
from oncekeys.services.verification import verify

GRACES = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=7)])


class LifeOfKeys(RuleBasedStateMachine):
    """`states` has of each key that was ever made how it is answered: None for let in, or the code of the refusal."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.life = transaction.atomic()
        self.life.__enter__()
        self.account = site_accounts.create(name="Acme", owner_email="ada@acme.example")
        self.states: dict[str, Code | None] = {}
        self.made = 0
        self.events = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.life.__exit__(None, None, None)

    def _row(self, text: str) -> ApiKey:
        return ApiKey.objects.get(key_id=text.split("_")[2])

    @rule(target=keys)
    def create(self) -> str:
        self.made += 1
        try:
            created = api_keys.create(account=self.account, by=By.system(), name=f"Key {self.made}")
        except api_keys.CapReached:
            assert self.account.api_keys.active().count() == MAX_ACTIVE_KEYS
            return ""
        text = created.token.reveal()
        self.states[text] = None
        self.events += 1
        return text

    @rule(text=keys)
    def pause(self, text: str) -> None:
        if text and self.states[text] is None:
            api_keys.pause(api_key=self._row(text), by=By.system())
            self.states[text] = Code.PAUSED_KEY
            self.events += 1

    @rule(text=keys)
    def resume(self, text: str) -> None:
        if text:
            api_keys.resume(api_key=self._row(text), by=By.system())
            if self.states[text] == Code.PAUSED_KEY:
                self.states[text] = None
                self.events += 1

    @rule(text=consumes(keys))
    def delete(self, text: str) -> None:
        if text:
            api_keys.delete(api_key=self._row(text), by=By.system())
            self.events += self.states[text] != Code.INVALID_KEY
            self.states[text] = Code.INVALID_KEY

    @rule(target=keys, text=keys, grace=GRACES)
    def rotate(self, text: str, grace: timedelta) -> str:
        if not text:
            return ""
        before = self._row(text)
        working = {key for key in self.states if self._row(key).deleted_at is None}
        try:
            created = rotation.rotate(api_key=before, by=By.system(), grace=grace)
        except rotation.CannotRotate:
            return ""
        self.states[created.token.reveal()] = None
        ended = {key for key in working if self._row(key).deleted_at is not None}
        assert ended <= {text, *(key for key in working if before.replaces_id == self._row(key).pk)}
        self.states |= dict.fromkeys(ended, Code.INVALID_KEY)
        self.events = AuditEvent.objects.filter(account=self.account).exclude(api_key=None).count()
        return created.token.reveal()

    @rule(text=keys)
    def mistype(self, text: str) -> None:
        if text:
            with suppress(Refused):
                verify(f"{text[:-1]}{'a' if text[-1] != 'a' else 'b'}")
                raise AssertionError("A mistyped key was let in")

    @invariant()
    def is_answered_as_the_model_says(self) -> None:
        for text, code in self.states.items():
            try:
                verify(text)
                answered = None
            except Refused as refused:
                answered = refused.code
            assert answered == code

    @invariant()
    def holds_no_more_slots_than_the_cap(self) -> None:
        assert self.account.api_keys.active().count() <= MAX_ACTIVE_KEYS

    @invariant()
    def leaves_an_event_for_each_change(self) -> None:
        events = AuditEvent.objects.filter(account=self.account).exclude(api_key=None)
        assert events.count() == self.events

    @invariant()
    def leaves_no_hash_of_a_deleted_key(self) -> None:
        deleted = ApiKey.objects.filter(account=self.account).exclude(deleted_at=None)
        assert not deleted.exclude(secret_hash=None, seal=None).exists()


@pytest.mark.django_db
def test_keys_live_as_the_model_says(everything):
    examples = settings(
        max_examples=100 if everything else 5,
        stateful_step_count=30 if everything else 10,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(LifeOfKeys, settings=examples)
