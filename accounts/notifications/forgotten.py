"""The mails to someone who asks for a new password and can't have one: why, and what to do instead."""

from django.core.mail import EmailMessage

from accounts.models import Invitation, User
from accounts.notifications.site import plain
from oncekeys.notifications.message import in_language_of


def switched_off(person: User) -> EmailMessage:
    with in_language_of(person):
        return plain("forgotten_switched_off", str(person.email), {"email": person.email})


def invited(invitation: Invitation) -> EmailMessage:
    with in_language_of(invitation.invited_by):
        context = {"inviter": invitation.invited_by, "account": invitation.account.name, "email": invitation.email}
        return plain("forgotten_invited", invitation.email, context)
