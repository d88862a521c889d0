"""Memberships say who belongs to an account, with which role. A change counts from the person's next request."""

from typing import Unpack

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, PeopleEvent, Role, User
from oncekeys.models import Account
from oncekeys.models.audit import AuditEventQuerySet, Details
from oncekeys.services import audit
from oncekeys.services.by import By
from oncekeys.services.meanwhile import RemovedMeanwhile


class NotAllowed(Exception):
    """Their role does not let them. The message is one the page can show."""

    field = "role"

    def __init__(self) -> None:
        super().__init__(_("Only an owner can add, change or remove an owner."))


class LastOwner(Exception):
    """The account would be left without an owner. The message is one the page can show."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            _("%(account)s needs at least one owner. Make someone else an owner first.") % {"account": account.name}
        )


class StrandsAccount(Exception):
    """Raised when the account would have no owner who can sign in. The message tells staff what to do."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            _(
                "%(account)s would have no owner who can sign in. Make someone else an owner or disable the"
                " account, then try again."
            )
            % {"account": account.name}
        )


def change_role(*, membership: Membership, role: Role, by: By, seen: int | None = None) -> None:
    """`seen`: the newest of their changes of role that the actor knows of.

    Raises NotAllowed, LastOwner, audit.Outdated, and RemovedMeanwhile where one of the two has left.
    """
    with transaction.atomic():
        row = _locked(membership, by=by, grants=role)
        audit.check_seen(role_changes(row), seen)
        if row.role == role:
            return
        before, row.role = row.role, role
        if role != Role.OWNER:
            _check_another_owns(row)
        row.save(update_fields=["role"])
        _record(PeopleEvent.MEMBER_ROLE_CHANGED, row, by, role=role, role_before=before)


def role_changes(membership: Membership) -> AuditEventQuerySet:
    events: AuditEventQuerySet = membership.account.audit_events.filter(
        kind=PeopleEvent.MEMBER_ROLE_CHANGED, details__email=membership.user.email
    )
    return events


def remove(*, membership: Membership, by: By) -> None:
    """Remove someone else, or oneself. Their keys stay, as keys belong to the account. Raises as `change_role`."""
    with transaction.atomic():
        row = _locked(membership, by=by)
        _check_another_owns(row)
        _record(PeopleEvent.MEMBER_REMOVED, row, by, role=row.role)
        row.delete()


def join(*, account: Account, user: User, role: Role, address: str | None = None) -> Membership:
    """Add the person. A member who already belongs to the account keeps their role."""
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(account=account, user=user, defaults={"role": role})
        if is_new:
            _record(PeopleEvent.MEMBER_JOINED, membership, By(user, address), role=role)
    return membership


def make_owner(*, account: Account, user: User) -> None:
    """By those who run the site, where no owner is left who could."""
    with transaction.atomic():
        membership = join(account=account, user=user, role=Role.OWNER)
        if membership.role != Role.OWNER:
            before, membership.role = membership.role, Role.OWNER
            membership.save(update_fields=["role"])
            _record(PeopleEvent.MEMBER_ROLE_CHANGED, membership, By.system(), role=Role.OWNER, role_before=before)


def active_owners(account: Account) -> QuerySet[Membership]:
    """Those who can act: an owner who is switched off isn't among them."""
    return account.memberships.filter(role=Role.OWNER, user__is_active=True)


def check_may_grant(*, account: Account, by: By, role: Role) -> None:
    """Raises NotAllowed, and RemovedMeanwhile where who asks doesn't belong to the account."""
    if not _found(account.memberships.filter(user=by.person)).may_grant(role):
        raise NotAllowed


def check_may_switch_off(user: User) -> None:
    """Raises StrandsAccount. The accounts stay locked, so that no other owner leaves until the transaction ends."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER)
    for membership in owned.select_related("account").order_by("account_id"):
        account = membership.account
        account.lock()
        account.refresh_from_db(fields=["disabled_at"])  # it may have been enabled meanwhile
        if account.is_enabled and not _other_owners(membership).exists():
            raise StrandsAccount(account)


def _locked(membership: Membership, *, by: By, grants: Role | None = None) -> Membership:
    """The row as it is now. The account is locked: two owners could otherwise remove each other."""
    membership.account.lock()
    row = _found(Membership.objects.select_related("account", "user").filter(pk=membership.pk))
    acting = _found(Membership.objects.filter(account=row.account, user=by.person))
    is_leaving = grants is None and acting == row
    if not is_leaving and not (acting.may_grant(Role(row.role)) and acting.may_grant(grants or Role.MEMBER)):
        raise NotAllowed
    return row


def _found(memberships: QuerySet[Membership]) -> Membership:
    membership = memberships.first()
    if membership is None:
        raise RemovedMeanwhile
    return membership


def _check_another_owns(membership: Membership) -> None:
    if not _other_owners(membership).exists():
        raise LastOwner(membership.account)


def _other_owners(membership: Membership) -> QuerySet[Membership]:
    return active_owners(membership.account).exclude(pk=membership.pk)


def _record(kind: str, membership: Membership, by: By, **details: Unpack[Details]) -> None:
    details = {"name": str(membership.user), "email": str(membership.user.email), **details}
    audit.record(kind, account=membership.account, by=by, **details)
