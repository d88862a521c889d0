"""Inviting people by mail."""

import re
from datetime import timedelta
from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, Membership, Role, User
from accounts.services import invitations, memberships
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.at_once import at_once
from tests.pages import PASSWORD, words

pytestmark = pytest.mark.django_db

LINK = re.compile(r"http://127\.0\.0\.1/invitations/([\w-]{43})/")
NEWCOMER = {"name": "New Comer", "password": PASSWORD}


@pytest.fixture
def invite(acme, ada):
    """Sends an invitation and gives back the token of its link."""

    def send(email: str = "new@acme.example", *, by: By | None = None, role: Role = Role.ADMIN) -> str:
        with committed():
            invitations.invite(account=acme, by=by or By(ada), email=email, role=role)
        return LINK.findall(str(mail.outbox[-1].body))[0]

    return send


def accept(token: str) -> Membership:
    return invitations.accept_as_newcomer(token=token, name="New Comer", password=PASSWORD)


def test_the_link_goes_to_the_invitee_and_only_its_hash_is_stored(invite):
    token = invite(" New@Acme.example ")

    assert mail.outbox[-1].to == ["new@acme.example"]
    assert "Ada Lovelace" in mail.outbox[-1].body
    assert token not in str(Invitation.objects.values().get())


def test_a_person_with_a_password_signs_in_to_accept(acme, invite, eve):
    eve.set_password(PASSWORD)
    eve.save()
    token = invite(eve.email)

    with pytest.raises(invitations.MustSignIn):
        invitations.accept_as_newcomer(token=token, name="Thief", password="another password of mine")
    membership = invitations.accept(token=token, user=eve)

    assert (membership.account, membership.user) == (acme, eve)
    assert User.objects.get(pk=eve.pk).check_password(PASSWORD)


def test_a_link_works_once(invite):
    token = invite()
    accept(token)

    with pytest.raises(invitations.NoInvitation):
        invitations.opened_by(token)


@pytest.mark.parametrize(("hours", "works"), [(7 * 24 - 1, True), (7 * 24 + 1, False)])
def test_a_link_works_for_seven_days(invite, monkeypatch, hours, works):
    token = invite()
    later = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr(timezone, "now", lambda: later)

    if works:
        assert accept(token)
    else:
        with pytest.raises(invitations.NoInvitation):
            accept(token)


def test_sending_again_ends_the_link_before(ada, invite):
    first = invite()
    second = invite()

    assert Invitation.objects.count() == 1
    with pytest.raises(invitations.NoInvitation):
        accept(first)
    assert accept(second)


def test_a_withdrawn_link_is_refused_and_the_person_can_be_invited_again(ada, invite):
    token = invite()
    invitations.withdraw(invitation=Invitation.objects.get(), by=By(ada))

    with pytest.raises(invitations.NoInvitation):
        accept(token)
    assert accept(invite())


def test_a_disabled_account_lets_no_one_join(acme, invite):
    token = invite()
    type(acme).objects.update(disabled_at=timezone.now())

    with pytest.raises(invitations.NoInvitation):
        accept(token)


def test_a_member_is_not_invited_again(acme, ada, bob):
    with pytest.raises(invitations.AlreadyMember, match="is already a member of Acme"):
        invitations.invite(account=acme, by=By(ada), email="BOB@acme.example", role=Role.ADMIN)


def test_an_admin_invites_no_owner(acme, grace):
    with pytest.raises(memberships.NotAllowed):
        invitations.invite(account=acme, by=By(grace), email="new@acme.example", role=Role.OWNER)


def test_an_admin_cannot_change_an_owners_invitation(acme, grace, invite):
    token = invite(role=Role.OWNER)

    with pytest.raises(memberships.NotAllowed):
        invitations.withdraw(invitation=Invitation.objects.get(), by=By(grace))
    with pytest.raises(memberships.NotAllowed):
        invitations.invite(account=acme, by=By(grace), email="new@acme.example", role=Role.MEMBER)

    assert invitations.opened_by(token).role == Role.OWNER


def test_new_people_are_invited_in_the_senders_language(ada, invite):
    User.objects.filter(pk=ada.pk).update(language="de")

    invite(by=By(User.objects.get(pk=ada.pk)))

    assert "lädt Sie zu Acme ein" in mail.outbox[-1].subject


@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_with_a_link_at_once_one_gets_in(acme, ada):
    invitation = Invitation(account=acme, email="new@acme.example", role=Role.ADMIN, invited_by=ada)
    token = invitation.renew()
    invitation.save()

    outcomes = at_once([lambda number=number: arrive(token, f"{PASSWORD} {number}") for number in range(8)])

    assert sorted(outcomes) == ["in"] + ["too late"] * 7
    assert User.objects.get(email="new@acme.example").check_password(f"{PASSWORD} {outcomes.index('in')}")


def arrive(token: str, password: str) -> str:
    try:
        invitations.accept_as_newcomer(token=token, name="New Comer", password=password)
    except (invitations.NoInvitation, invitations.MustSignIn):
        return "too late"
    finally:
        connections.close_all()
    return "in"


def test_an_inactive_person_cannot_join_and_reads_why(client, invite):
    User.objects.create_user("new@acme.example", is_active=False)
    token = invite()

    answer = client.post(f"/invitations/{token}/", NEWCOMER)

    assert (answer.status_code, "Your sign-in is switched off." in answer.text) == (410, True)
    with pytest.raises(invitations.NoInvitation):
        accept(token)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True], ids=["new", "known"])
def test_two_links_for_one_address_at_once_make_one_person(acme, ada, umbrella, eve, is_known):
    if is_known:  # without a password yet
        User.objects.create_user("new@acme.example")
    links = [link_to(acme, by=ada), link_to(umbrella, by=eve)]
    browsers = [Client(), Client()]

    answers = at_once([partial(open_link, *each) for each in zip(browsers, links, strict=True)])

    first, other = sorted(zip(answers, browsers, links, strict=True), key=lambda each: each[0] == each[2])
    assert first[0].startswith("/accounts/")
    assert "You already sign in here as new@acme.example." in words(other[1].get(other[2]))
    assert Membership.objects.filter(user__email="new@acme.example").count() == 1


def link_to(account, *, by) -> str:
    invitation = Invitation(account=account, email="new@acme.example", role=Role.ADMIN, invited_by=by)
    token = invitation.renew()
    invitation.save()
    return f"/invitations/{token}/"


def open_link(browser: Client, link: str) -> str:
    """Accept the invitation and return where that leads."""
    try:
        return browser.post(link, NEWCOMER).headers["Location"]
    finally:
        connections.close_all()


def test_an_invitation_leaves_events_from_being_sent_to_joining(acme, ada, invite):
    accept(invite())

    events = acme.audit_events.filter(kind__startswith="member.").order_by("id").values_list("kind", "actor__email")
    assert list(events) == [("member.invited", ada.email), ("member.joined", "new@acme.example")]


@pytest.mark.parametrize("change", ["removed", "demoted", "switched off"])
def test_invitations_end_when_their_sender_may_no_longer_send_them(acme, ada, grace, invite, change):
    token = invite(by=By(grace))
    membership = Membership.objects.get(user=grace)
    if change == "removed":
        memberships.remove(membership=membership, by=By(ada))
    elif change == "demoted":
        memberships.change_role(membership=membership, role=Role.MEMBER, by=By(ada))
    else:
        User.objects.filter(pk=grace.pk).update(is_active=False)

    with pytest.raises(invitations.NoInvitation):
        accept(token)


def test_a_link_does_not_go_around_a_second_step(invite):
    user = User.objects.create_user("new@acme.example")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})

    with pytest.raises(invitations.MustSignIn):
        accept(invite())
