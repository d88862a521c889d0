"""Hears from the sign-in library what happened, and has it written down."""

from typing import Any

from allauth.account.signals import authentication_step_completed, password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts.models import PersonEventKind, User
from accounts.services import person_log

KINDS = Authenticator.Type
ADDED = {
    KINDS.TOTP: PersonEventKind.APP_ADDED,
    KINDS.WEBAUTHN: PersonEventKind.PASSKEY_ADDED,
    KINDS.RECOVERY_CODES: PersonEventKind.RECOVERY_CODES_MADE,
}
REMOVED = {
    KINDS.TOTP: PersonEventKind.APP_REMOVED,
    KINDS.WEBAUTHN: PersonEventKind.PASSKEY_REMOVED,
    KINDS.RECOVERY_CODES: PersonEventKind.RECOVERY_CODES_REMOVED,
}


def _write_at(signal: Signal, kind: PersonEventKind) -> None:
    """One event of that kind for each signal about a person."""

    def heard(sender: object, request: HttpRequest, user: User | None, **_: Any) -> None:
        if user is not None:
            person_log.record(kind, person=user, request=request)

    signal.connect(heard, weak=False)


_write_at(user_logged_out, PersonEventKind.SIGNED_OUT)
_write_at(password_changed, PersonEventKind.PASSWORD_CHANGED)
_write_at(password_set, PersonEventKind.PASSWORD_SET)
_write_at(password_reset, PersonEventKind.PASSWORD_SET)


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: User, **_: Any) -> None:
    from allauth.account.authentication import get_authentication_records

    methods = [record.get("type", record["method"]) for record in get_authentication_records(request, user)]
    person_log.record(PersonEventKind.SIGNED_IN, person=user, request=request, method=" ".join(methods))


@receiver(authentication_step_completed)
def proven(sender: object, request: HttpRequest, user: User, method: str, **step: Any) -> None:
    """Later, in an open session. Of a sign-in, `signed_in` hears."""
    if step.get("reauthenticated"):
        person_log.record(PersonEventKind.PROVEN, person=user, request=request, method=step.get("type", method))


@receiver(authentication_failed)
def second_step_failed(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator | None, **step: Any
) -> None:
    kind = PersonEventKind.PROOF_FAILED if step.get("reauthentication") else PersonEventKind.SECOND_STEP_FAILED
    person_log.failed(kind, request, person=user, method=authenticator.type if authenticator else "password")


@receiver(authenticator_used)
def recovery_code_used(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    if authenticator.type == KINDS.RECOVERY_CODES:
        person_log.record(PersonEventKind.RECOVERY_CODE_USED, person=user, request=request)


@receiver([authenticator_added, authenticator_reset])
def added(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    person_log.record(ADDED[authenticator.type], person=user, request=request)


@receiver(authenticator_removed)
def removed(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    person_log.record(REMOVED[authenticator.type], person=user, request=request)


@receiver(post_save, sender=User)
def made_staff(sender: object, instance: User, created: bool, raw: bool, **_: Any) -> None:
    """Record people made staff by `createsuperuser`. The Django admin records its changes; `loaddata` has the log."""
    if created and instance.is_staff and not raw:
        person_log.record(PersonEventKind.MADE_STAFF, person=instance)
