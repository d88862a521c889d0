"""The email that invites a person to an account. Only its link contains the token."""

from functools import partial

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import Invitation, User
from accounts.notifications.site import page, urgent
from oncekeys.notifications.message import Message, email, moment, one_line


@sensitive_variables("token")
def link(token: str) -> str:
    return page("", "invitation", token).url


@sensitive_variables("token")
def compose(invitation: Invitation, token: str) -> EmailMessage:
    """Compose it in the inviter's language if the recipient has no profile yet."""
    known = User.objects.filter(email=invitation.email).first()
    stranger = User(email=invitation.email, language=invitation.invited_by.language)
    return urgent(email(partial(message, invitation, token), known or stranger))


@sensitive_variables("token")
def message(invitation: Invitation, token: str, recipient: User) -> Message:
    """Build the message: who invites, to which account and role, and until when the link works."""
    names = {"inviter": one_line(str(invitation.invited_by)), "account": one_line(invitation.account.name)}
    heading = _("%(inviter)s invited you to join %(account)s") % names
    return Message(
        account=invitation.account,
        subject=heading,
        heading=heading,
        facts=[
            (_("Account"), invitation.account.name),
            (_("Your role"), str(invitation.get_role_display())),
            (_("The link works until"), moment(invitation.expires_at, recipient)),
        ],
        advice=[_("This one-time link adds you to the account.")],
        links=[page(_("Open the invitation"), "invitation", token)],
        reason=_(
            "You’re receiving this email because %(inviter)s entered your email address. If you don’t know them,"
            " ignore this email."
        )
        % names,
    )
