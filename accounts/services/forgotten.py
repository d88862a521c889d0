"""Answers a request for a new password when no one who may sign in has that email address."""

from accounts.models import Invitation, User
from accounts.notifications import forgotten as mail
from oncekeys.services.background import writes


def explain(email: str) -> None:
    """Mails someone who is switched off, or was invited and never came, what to do. Any other address gets nothing.

    In the background, so that the answer's time does not tell which of them it was.
    """
    person = User.objects.filter(email=email).first()
    invitations = Invitation.objects.pending().filter(email=email, account__disabled_at=None)
    invitation = invitations.select_related("account", "invited_by").order_by("-expires_at").first()
    if person is not None and not person.is_active:
        writes.run(mail.switched_off(person).send)
    elif person is None and invitation is not None:
        writes.run(mail.invited(invitation).send)
