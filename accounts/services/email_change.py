"""Changes a person's email address once a link sent to the new one has shown that it is theirs.

What was asked for waits with the session that asked, and ends with it: see decision 13.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email
from allauth.usersessions.models import UserSession
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.mail_failures import EMAIL_CHANGE
from accounts.models import User
from accounts.models.email_failure import EmailFailure
from accounts.notifications import email_change as mail
from accounts.services import sessions

LIFETIME = timedelta(hours=24)
HOURS = LIFETIME // timedelta(hours=1)
PLACE = EMAIL_CHANGE
NONCE_BYTES = 16


class Ended(Exception):
    """Raised when there is no such change, or it has ended. The message can be shown on the page."""

    def __init__(self, user: User) -> None:
        super().__init__(
            _(
                "It may have been used, canceled or sent again. It may also be more than %(hours)s hours old,"
                " or for someone other than %(email)s."
            )
            % {"email": user.email, "hours": HOURS}
        )


class Taken(Exception):
    """Told only to who has shown that the address is theirs. The message is one the page can show."""

    def __init__(self, email: str) -> None:
        super().__init__(
            _("Someone already signs in with %(email)s. Your email address hasn’t changed.") % {"email": email}
        )


@dataclass(frozen=True)
class EmailChange:
    """A requested change: the new address, and what tells this request from earlier and later ones."""

    email: str
    nonce: str
    # Why its email did not leave, if that is known.
    failure: str = ""

    @property
    def hours(self) -> int:
        """Return how long its link works."""
        return HOURS

    def get_failure_display(self) -> str:
        return str(EmailFailure(self.failure).label) if self.failure else ""


def pending(user: User) -> EmailChange | None:
    """Return the change that is waiting in one of their sessions that haven't ended."""
    found = (session.data.get(PLACE) for session in sessions.of(user))
    return next((EmailChange(**waiting) for waiting in found if waiting), None)


def ask(*, session: UserSession, email: str) -> None:
    """Email a link to the address. The page answers the same if someone else has it; only the email differs."""
    change = EmailChange(email=email.lower(), nonce=secrets.token_urlsafe(NONCE_BYTES))
    with transaction.atomic():
        user = _locked(session.user)
        _forget(user)
        session.data = {**session.data, PLACE: asdict(change)}
        session.save(update_fields=["data"])
        _send(user, change)


def resend(user: User) -> str:
    """Another link, and the one before ends. To which address; raises Ended."""
    for session in sessions.of(user):
        if waiting := session.data.get(PLACE):
            ask(session=session, email=waiting["email"])
            return str(waiting["email"])
    raise Ended(user)


def withdraw(user: User) -> None:
    """Its link ends."""
    with transaction.atomic():
        _forget(_locked(user))


@sensitive_variables("token")
def opened_by(user: User, token: str) -> EmailChange:
    """The change that the link with this token confirms, for who is signed in. Raises Ended."""
    change = pending(user)
    if change is None or not _is_signed(user, change, token):
        raise Ended(user)
    return change


@sensitive_variables("token")
def confirm(*, user: User, token: str, origin: mail.Origin) -> None:
    """Make the new address the one they sign in with. Raises Ended, Taken."""
    change = opened_by(user, token)
    try:
        with transaction.atomic():
            person = _locked(user)
            opened_by(person, token)
            old = str(person.email)
            _move(person, change.email)
            mail.changed(person, old=old, origin=origin).send()
    except IntegrityError:
        raise Taken(change.email) from None


def _move(person: User, email: str) -> None:
    if _other_holder(person, email) is not None:
        raise Taken(email)
    person.email, person.email_is_proved, person.email_failure, person.email_failed_at = email, True, "", None
    person.save(update_fields=["email", "email_is_proved", "email_failure", "email_failed_at"])
    # The library signs people in by its own list of addresses too, and mails resets there.
    EmailAddress.objects.filter(user=person).delete()
    _forget(person)


def _locked(user: User) -> User:
    """Return the person as they are now. Other changes to them wait."""
    return User.objects.select_for_update().get(pk=user.pk)


def _forget(user: User) -> None:
    for session in UserSession.objects.filter(user=user, data__has_key=PLACE):
        del session.data[PLACE]
        session.save(update_fields=["data"])


def _other_holder(user: User, email: str) -> User | None:
    """Return the other person who signs in with it."""
    return next((other for other in filter_users_by_email(email) if other.pk != user.pk), None)


@sensitive_variables("token")
def _send(user: User, change: EmailChange) -> None:
    """One email or another, so that no answer tells by its time which it was."""
    if (holder := _other_holder(user, change.email)) is not None:
        message = mail.taken(change.email, holder=holder)
    else:
        token = _signer(user, change).sign(change.nonce)
        message = mail.link(change.email, old=str(user.email), token=token)
    message.send()


@sensitive_variables("token")
def _is_signed(user: User, change: EmailChange, token: str) -> bool:
    try:
        nonce = _signer(user, change).unsign(token, max_age=LIFETIME)
    except BadSignature:
        return False
    return secrets.compare_digest(nonce, change.nonce)


def _signer(user: User, change: EmailChange) -> TimestampSigner:
    """For one person, one old address and one new: what it signed ends when either changes."""
    return TimestampSigner(salt=f"accounts.email_change:{user.pk}:{user.email}:{change.email}")
