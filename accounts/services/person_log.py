"""Writes down what happened to how a person signs in, and what they may do: in their own log, and as a line."""

from datetime import datetime
from functools import partial
from typing import Any, Unpack

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import PersonEvent, PersonEventKind, User
from accounts.models.person_event import PersonDetails
from oncekeys.client import client_address
from oncekeys.services import security_log
from oncekeys.services.background import writes
from oncekeys.services.by import By

LONGEST_USER_AGENT = 200
# What staff have typed. A row has it, a line doesn't.
TYPED = ("groups", "subject")


def record(
    kind: PersonEventKind,
    *,
    person: User,
    request: HttpRequest | None = None,
    by: By | None = None,
    **details: Unpack[PersonDetails],
) -> None:
    """`by` is who did it, the person themselves unless told otherwise; without a request, an operator by a command.

    It's written as a line each time, and as a row only so often in an hour unless its kind is rare.
    """
    by = by or (By(person, client_address(request)) if request else By.system())
    _add(kind, person=person, by=by, at=timezone.now(), browser=_browser(request), details=details)
    transaction.on_commit(partial(write, kind, person=person, by=by, **details))


def failed(
    kind: PersonEventKind, request: HttpRequest, *, person: User | None, **details: Unpack[PersonDetails]
) -> None:
    """Someone who has not shown who they are. Without a `person` it's a line alone, and never what they typed."""
    by = By(None, client_address(request))
    if person is None:
        write(kind, by=by, **details)
    else:
        record(kind, person=person, request=request, by=by, **details)


def failed_before_sign_in(
    kind: PersonEventKind, request: HttpRequest, *, person: User | None, **details: Unpack[PersonDetails]
) -> None:
    """As `failed`, with the row in the background: the answer's time mustn't tell whether there is such a person."""
    by = By(None, client_address(request))
    write(kind, person=person, by=by, **details)
    if person is not None:
        known: dict[str, Any] = {"by": by, "at": timezone.now(), "browser": _browser(request), "details": details}
        writes.run(partial(_add, kind, person=person, **known))


def _add(kind: PersonEventKind, *, person: User, by: By, at: datetime, browser: str, details: PersonDetails) -> None:
    if PersonEvent.objects.filter(person=person).has_room(kind, at=at):
        PersonEvent.objects.create(
            kind=kind, person=person, at=at, actor=by.actor, address=by.address, user_agent=browser, details=details
        )


def _browser(request: HttpRequest | None) -> str:
    return request.headers.get("User-Agent", "")[:LONGEST_USER_AGENT] if request else ""


def write(kind: str, *, by: By, person: User | None = None, **details: Unpack[PersonDetails]) -> None:
    facts: dict[str, Any] = {name: fact for name, fact in details.items() if name not in TYPED}
    security_log.write(
        kind,
        person=person.pk if person else None,
        actor=by.actor.pk if by.actor else None,
        address=by.address,
        **facts,
    )
