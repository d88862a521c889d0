"""Memberships say who belongs to an account, with which role."""

from functools import partial

import pytest

from accounts.models import Membership, Role, User
from accounts.services import memberships
from oncekeys.models import AuditEvent
from oncekeys.services.by import By
from oncekeys.services.meanwhile import RemovedMeanwhile

pytestmark = pytest.mark.django_db


def membership_of(user) -> Membership:
    return Membership.objects.select_related("account").get(user=user)


def test_a_changed_role_leaves_an_event(acme, ada, bob):
    memberships.change_role(membership=membership_of(bob), role=Role.ADMIN, by=By(ada, "203.0.113.9"))

    assert membership_of(bob).role == Role.ADMIN
    event = AuditEvent.objects.get(kind="member.role_changed")
    assert (event.account, event.actor, event.address) == (acme, ada, "203.0.113.9")
    assert event.details == {
        "name": "Bob Noyce",
        "email": "bob@acme.example",
        "role": "admin",
        "role_before": "member",
    }


def test_a_role_that_is_the_same_leaves_no_event(ada, bob):
    memberships.change_role(membership=membership_of(bob), role=Role.MEMBER, by=By(ada))

    assert not AuditEvent.objects.filter(kind="member.role_changed").exists()


@pytest.mark.parametrize(
    ("actor", "target", "role", "allowed"),
    [
        ("ada", "grace", Role.OWNER, True),
        ("ada", "grace", Role.MEMBER, True),
        ("grace", "bob", Role.ADMIN, True),
        ("grace", "bob", Role.OWNER, False),
        ("grace", "ada", Role.MEMBER, False),
        ("bob", "grace", Role.MEMBER, False),
        ("bob", "bob", Role.ADMIN, False),
    ],
)
def test_only_owners_manage_owners_and_members_manage_no_one(ada, grace, bob, actor, target, role, allowed):
    people = {"ada": ada, "grace": grace, "bob": bob}
    before = membership_of(people[target]).role

    try:
        memberships.change_role(membership=membership_of(people[target]), role=role, by=By(people[actor]))
    except memberships.NotAllowed:
        assert membership_of(people[target]).role == before
        assert not allowed
    else:
        assert allowed


def test_a_removed_member_cannot_change_roles(ada, grace, bob):
    memberships.remove(membership=membership_of(grace), by=By(ada))

    with pytest.raises(RemovedMeanwhile):
        memberships.change_role(membership=membership_of(bob), role=Role.ADMIN, by=By(grace))


def test_members_of_another_account_change_no_one(bob, eve):
    with pytest.raises(RemovedMeanwhile):
        memberships.remove(membership=membership_of(bob), by=By(eve))


@pytest.mark.parametrize("change", [memberships.remove, partial(memberships.change_role, role=Role.ADMIN)])
def test_an_account_keeps_its_last_owner(ada, change):
    with pytest.raises(memberships.LastOwner, match="Acme needs at least one owner"):
        change(membership=membership_of(ada), by=By(ada))

    assert membership_of(ada).role == Role.OWNER


def test_every_member_may_leave(ada, bob):
    memberships.remove(membership=membership_of(bob), by=By(bob))

    assert not Membership.objects.filter(user=bob).exists()
    assert AuditEvent.objects.get(kind="member.removed").details["email"] == "bob@acme.example"


def test_joining_again_keeps_the_role(acme, grace):
    memberships.join(account=acme, user=grace, role=Role.MEMBER)

    assert membership_of(grace).role == Role.ADMIN


def test_an_owner_who_may_not_sign_in_is_not_the_one_an_account_keeps(acme, ada, grace):
    memberships.change_role(membership=membership_of(grace), role=Role.OWNER, by=By(ada))
    User.objects.filter(pk=grace.pk).update(is_active=False)

    with pytest.raises(memberships.LastOwner):
        memberships.remove(membership=membership_of(ada), by=By(ada))
