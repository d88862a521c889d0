"""Invites people to an account by mail, and lets them in."""

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import two_step
from accounts.models import Account, AuditKind, Invitation, Membership, Role, User
from accounts.models.invitation import digest
from accounts.notifications import invitation as mail
from accounts.services import audit, memberships
from accounts.services.background import mails


class AlreadyMember(Exception):
    """The message is one the page can show."""

    def __init__(self, email: str, account: Account) -> None:
        super().__init__(
            _("%(email)s belongs to %(account)s already. Change their role in the list.")
            % {"email": email, "account": account.name}
        )


class NoInvitation(Exception):
    """It was accepted, withdrawn or sent anew, or it has run out. The message is one the page can show."""

    def __init__(self) -> None:
        super().__init__(_("This invitation is not valid any more. Ask whoever invited you to send another."))


class MustSignIn(Exception):
    """Whoever was invited has a password, so the link alone does not make them sign in."""


class MeantForSomebodyElse(Exception):
    """Whoever is signed in is not who was invited. The message is one the page can show."""

    def __init__(self, email: str) -> None:
        super().__init__(_("This invitation is for %(email)s. Sign out, then open its link again.") % {"email": email})


def invite(*, account: Account, actor: User, email: str, role: Role, address: str | None = None) -> Invitation:
    """Sends a link that works once, within seven days. Whom it was sent before gets another, and the old one ends.

    Raises AlreadyMember, memberships.NotAllowed.
    """
    email = email.strip().lower()
    with transaction.atomic():
        account.lock()
        memberships.check_may_grant(account=account, actor=actor, role=role)
        refuse_member(email, account)
        pending = account.invitations.pending().filter(email=email).first()
        if pending:  # it gives way to the new one, which is to withdraw it
            memberships.check_may_grant(account=account, actor=actor, role=Role(pending.role))
        invitation = pending or Invitation(account=account, email=email)
        invitation.role, invitation.invited_by = role, actor
        _send(invitation)
        _record(AuditKind.MEMBER_INVITED, invitation, actor, address)
    return invitation


def refuse_member(email: str, account: Account) -> None:
    """Raises AlreadyMember."""
    email = email.strip().lower()
    if account.memberships.filter(user__email=email).exists():
        raise AlreadyMember(email, account)


def resend(*, invitation: Invitation, actor: User, address: str | None = None) -> None:
    """With another link; the one sent before ends. Raises as `invite` does."""
    invite(account=invitation.account, actor=actor, email=invitation.email, role=Role(invitation.role), address=address)


def withdraw(*, invitation: Invitation, actor: User, address: str | None = None) -> None:
    """Its link ends. One that was accepted meanwhile stays accepted. Raises memberships.NotAllowed."""
    with transaction.atomic():
        invitation.account.lock()
        memberships.check_may_grant(account=invitation.account, actor=actor, role=Role(invitation.role))
        if Invitation.objects.pending().filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
            _record(AuditKind.INVITATION_WITHDRAWN, invitation, actor, address)


def opened_by(token: str) -> Invitation:
    """Raises NoInvitation."""
    invitation = Invitation.objects.opened_by(token)
    if invitation is None or not _still_stands(invitation):
        raise NoInvitation
    return invitation


def stands_by(inviter: Membership | None, invitation: Invitation) -> bool:
    """Whether whoever sent it could send it today."""
    return inviter is not None and inviter.user.is_active and inviter.may_grant(invitation.role)


def can_sign_in(email: str) -> bool:
    """Whoever was invited has a user with a password or a second step, which a link must not go around."""
    user = User.objects.filter(email=email).first()
    return user is not None and (user.has_usable_password() or two_step.is_on(user))


def accept(*, token: str, user: User, address: str | None = None) -> Membership:
    """For somebody signed in. Raises NoInvitation, MeantForSomebodyElse."""
    with transaction.atomic():
        invitation = _used_up(token)
        if user.email != invitation.email:
            raise MeantForSomebodyElse(invitation.email)
        return memberships.join(account=invitation.account, user=user, role=Role(invitation.role), address=address)


def accept_as_newcomer(*, token: str, name: str, password: str, address: str | None = None) -> Membership:
    """For somebody without a password, whose address the link has proved. Raises NoInvitation, MustSignIn."""
    with transaction.atomic():
        invitation = _used_up(token)
        if can_sign_in(invitation.email):
            raise MustSignIn
        user = User.objects.filter(email=invitation.email).first() or User(email=invitation.email)
        if not user.is_active:
            raise NoInvitation
        user.name = name
        user.set_password(password)
        user.save()
        return memberships.join(account=invitation.account, user=user, role=Role(invitation.role), address=address)


def _still_stands(invitation: Invitation) -> bool:
    inviters = invitation.account.memberships.filter(user=invitation.invited_by)
    return stands_by(inviters.select_related("user").first(), invitation)


def _send(invitation: Invitation) -> None:
    token = invitation.renew()
    invitation.save()
    send = partial(mail.send, invitation, token)
    transaction.on_commit(partial(mails.run, send), robust=True)


def _used_up(token: str) -> Invitation:
    """Only one of many who come at once gets it."""
    opened_by(token).account.lock()
    invitation = opened_by(token)
    now = timezone.now()
    if not Invitation.objects.pending().filter(pk=invitation.pk, token_digest=digest(token)).update(accepted_at=now):
        raise NoInvitation
    return invitation


def _record(kind: AuditKind, invitation: Invitation, actor: User, address: str | None) -> None:
    audit.record(
        kind,
        account=invitation.account,
        actor=actor,
        address=address,
        email=invitation.email,
        role=invitation.role,
    )
