"""Invites people to an account by mail, and lets them in."""

from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import outbox, two_step
from accounts.models import Invitation, Membership, PeopleEvent, Role, User
from accounts.models.email_failure import EmailFailure
from accounts.models.invitation import digest
from accounts.notifications import invitation as mail
from accounts.services import memberships
from oncekeys.models import Account
from oncekeys.services import audit
from oncekeys.services.by import By


class AlreadyMember(Exception):
    """The message is one the page can show."""

    field = "email"

    def __init__(self, email: str, account: Account) -> None:
        super().__init__(
            _("%(email)s is already a member of %(account)s. Change their role in the list.")
            % {"email": email, "account": account.name}
        )


class NoInvitation(Exception):
    """It was accepted, withdrawn or sent again, or it has expired. The message is one the page can show."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence or _("This invitation is no longer valid. Ask the person who invited you for another.")
        )


class MustSignIn(Exception):
    """Raised when the invited person has a password, so that the link alone must not sign them in."""


class MeantForSomebodyElse(Exception):
    """Raised when someone else than the invited person is signed in. The message can be shown on the page."""

    def __init__(self, email: str) -> None:
        super().__init__(_("This invitation is for %(email)s. Sign out, then open its link again.") % {"email": email})


@dataclass(frozen=True)
class Sent:
    """An invitation whose email is on its way; with the link to pass on where no email gets there at the moment."""

    invitation: Invitation
    link: str | None = field(default=None, repr=False)


@sensitive_variables()
def invite(*, account: Account, by: By, email: str, role: Role) -> Sent:
    """Email a link that works once. A link that was sent to them before ends.

    Raises AlreadyMember, memberships.NotAllowed, RemovedMeanwhile.
    """
    email = email.strip().lower()
    with transaction.atomic():
        account.lock()
        memberships.check_may_grant(account=account, by=by, role=role)
        refuse_member(email, account)
        pending = account.invitations.pending().filter(email=email).first()
        if pending:  # it gives way to the new one, which is to withdraw it
            memberships.check_may_grant(account=account, by=by, role=Role(pending.role))
        invitation = pending or Invitation(account=account, email=email)
        invitation.role, invitation.invited_by = role, by.person
        failure = _obstacle(invitation)
        token = invitation.renew()
        invitation.email_failure, invitation.link_shown = failure, bool(failure)
        invitation.save()
        _record(PeopleEvent.MEMBER_INVITED, invitation, by)
        mail.compose(invitation, token).send()
    return Sent(invitation, mail.link(token) if failure else None)


def refuse_member(email: str, account: Account) -> None:
    """Raises AlreadyMember."""
    email = email.strip().lower()
    if account.memberships.filter(user__email=email).exists():
        raise AlreadyMember(email, account)


def resend(*, invitation: Invitation, by: By) -> Sent:
    """Send it again with another link; the earlier link ends. Raises as `invite` does."""
    return invite(account=invitation.account, email=invitation.email, role=Role(invitation.role), by=by)


def withdraw(*, invitation: Invitation, by: By) -> None:
    """Its link ends. One that was accepted meanwhile stays accepted. Raises NotAllowed, RemovedMeanwhile."""
    with transaction.atomic():
        invitation.account.lock()
        memberships.check_may_grant(account=invitation.account, by=by, role=Role(invitation.role))
        if Invitation.objects.pending().filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
            _record(PeopleEvent.INVITATION_WITHDRAWN, invitation, by)


def opened_by(token: str) -> Invitation:
    """Raises NoInvitation."""
    invitation = Invitation.objects.opened_by(token)
    if invitation is None or not _still_stands(invitation):
        raise NoInvitation
    if User.objects.filter(email=invitation.email, is_active=False).exists():
        raise NoInvitation(_("Your sign-in is switched off. Ask an administrator of this site."))
    return invitation


def stands_by(inviter: Membership | None, invitation: Invitation) -> bool:
    """Return whether the inviter could still send it today."""
    return inviter is not None and inviter.user.is_active and inviter.may_grant(invitation.role)


def can_sign_in(email: str) -> bool:
    """Return whether the invited person has a password or second step, which a link must not bypass."""
    user = User.objects.filter(email=email).first()
    return user is not None and (user.has_usable_password() or two_step.is_on(user))


def accept(*, token: str, user: User, address: str | None = None) -> Membership:
    """Accept it for the signed-in person. Raises NoInvitation, MeantForSomebodyElse."""
    with transaction.atomic():
        invitation = _used_up(token)
        if user.email != invitation.email:
            raise MeantForSomebodyElse(invitation.email)
        return memberships.join(account=invitation.account, user=user, role=Role(invitation.role), address=address)


def accept_as_newcomer(*, token: str, name: str, password: str, address: str | None = None) -> Membership:
    """Accept it for someone without a password. An emailed link proves their address. Raises NoInvitation, MustSignIn.

    If two links for one email are accepted at the same moment, the second person is asked to sign in.
    """
    try:
        with transaction.atomic():
            invitation = _used_up(token)
            user = _newcomer(invitation.email)
            user.name = name
            user.email_is_proved = not invitation.link_shown
            user.set_password(password)
            user.save()
            return memberships.join(account=invitation.account, user=user, role=Role(invitation.role), address=address)
    except IntegrityError:
        raise MustSignIn from None


def delete_ended() -> None:
    """Delete them. The audit log keeps what happened to them."""
    Invitation.objects.ended_long_ago().delete()


def _still_stands(invitation: Invitation) -> bool:
    inviters = invitation.account.memberships.filter(user=invitation.invited_by)
    return stands_by(inviters.select_related("user").first(), invitation)


def _obstacle(invitation: Invitation) -> str:
    """Why its email will hardly get there: the last one did not, or none gets anywhere. Empty if nothing is known."""
    if invitation.email_failure:
        return invitation.email_failure
    return EmailFailure.UNREACHABLE if outbox.is_delayed() else ""


def _used_up(token: str) -> Invitation:
    """Only one of many who come at once gets it."""
    opened_by(token).account.lock()
    invitation = opened_by(token)
    now = timezone.now()
    if not Invitation.objects.pending().filter(pk=invitation.pk, token_digest=digest(token)).update(accepted_at=now):
        raise NoInvitation
    return invitation


def _newcomer(email: str) -> User:
    """Locked, where there is such a user already. Raises MustSignIn."""
    user = User.objects.select_for_update().filter(email=email).first()
    if can_sign_in(email):
        raise MustSignIn
    return user or User(email=email)


def _record(kind: str, invitation: Invitation, by: By) -> None:
    audit.record(
        kind,
        account=invitation.account,
        by=by,
        email=invitation.email,
        role=invitation.role,
    )
