"""Erases a person: what tells who they are is gone, the audit log included. What they did stays."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from accounts import outbox
from accounts.models import Invitation, Membership, PeopleEvent, PersonEvent, PersonEventKind, User, erased
from accounts.services import memberships, person_log, sessions
from oncekeys.models import Account, AuditEvent
from oncekeys.services import audit
from oncekeys.services.by import By


class Unknown(Exception):
    """Nothing here has this email."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Nothing here has the email “{email}”, so there is nothing to erase.")


class BelongsToAnother(Exception):
    """A former email is someone else's now."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Someone else signs in with “{email}” now. Nothing was erased.")


@dataclass(frozen=True)
class Erased:
    """As what the log shows them now, and how much was removed."""

    shown: str
    memberships: int = 0
    sessions: int = 0
    second_steps: int = 0
    invitations: int = 0
    events: int = 0


def erase(email: str, *, former: Iterable[str] = ()) -> Erased:
    """`former`: emails they had before. Raises Unknown, BelongsToAnother, memberships.StrandsAccount."""
    email, *others = (each.strip().lower() for each in (email, *former))
    with transaction.atomic():
        person = User.objects.filter(email=email, kind=User.Kind.PERSON).first()
        for other in others:
            holder = User.objects.filter(email=other).first()
            if holder is not None and holder != person:
                raise BelongsToAnother(other)
        if person is not None:
            return _person(person, {email, *others})
        return _stranger(email, {email, *others})


def _person(person: User, emails: set[str]) -> Erased:
    memberships.check_may_switch_off(person)
    person = User.objects.select_for_update().get(pk=person.pk)
    emails = _all_emails(person, emails)
    accounts = set(Account.objects.filter(memberships__user=person))
    accounts |= set(Account.objects.filter(audit_events__actor=person))
    left, _ = Membership.objects.filter(user=person).delete()
    ended = sessions.end_all(person, known_as=emails)
    second_steps, _ = Authenticator.objects.filter(user=person).delete()
    EmailAddress.objects.filter(user=person).delete()
    person.erase()
    rows = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk))
    rows.update(object_repr=str(person))
    traced = PersonEvent.objects.filter(Q(person=person) | Q(actor=person)).exclude(address=None, user_agent="")
    traced.update(address=None, user_agent="")
    person_log.record(PersonEventKind.ERASED, person=person)
    addresses = AuditEvent.objects.filter(actor=person, address__isnull=False).update(address=None)
    invitations, about = _erase_emails(emails, put=str(person.email), accounts=accounts)
    return Erased(str(person), left, ended, second_steps, invitations, addresses + about)


def _stranger(email: str, emails: set[str]) -> Erased:
    """Someone who was invited only, or whose user is gone."""
    invitations, about = _erase_emails(emails, put=erased.STRANGER, accounts=set())
    if not invitations + about:
        raise Unknown(email)
    return Erased(erased.shown(erased.STRANGER), invitations=invitations, events=about)


def _all_emails(person: User, known: set[str]) -> set[str]:
    """Return all their addresses, also those they joined with, but none that is someone else's by now."""
    joined = AuditEvent.objects.filter(actor=person, kind=PeopleEvent.MEMBER_JOINED)
    emails = known | {event.details["email"] for event in joined if "email" in event.details}
    emails |= set(EmailAddress.objects.filter(user=person).values_list("email", flat=True))
    taken = User.objects.filter(email__in=emails).exclude(pk=person.pk)
    return emails - set(taken.values_list("email", flat=True))


def _erase_emails(emails: set[str], *, put: str, accounts: set[Account]) -> tuple[int, int]:
    """Erase the addresses, and return how many invitations and events had them. Each account's log records this."""
    outbox.forget(emails)
    invitations, _ = Invitation.objects.filter(email__in=emails).delete()
    about = list(AuditEvent.objects.filter(details__email__in=emails).select_related("account"))
    for event in about:
        event.details |= {"email": put, **({"name": ""} if "name" in event.details else {})}
        event.save(update_fields=["details"])
    for account in accounts | {event.account for event in about}:
        audit.record(PeopleEvent.MEMBER_ERASED, account=account, by=By.system(), email=put)
    return invitations, len(about)
