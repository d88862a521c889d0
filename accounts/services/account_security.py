"""How strong a sign-in an account asks of its people."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import two_step
from accounts.models import Account, AuditKind
from accounts.models.audit import AuditEventQuerySet
from accounts.services import audit
from accounts.services.by import By


class NoSecondStep(Exception):
    """Whoever asks for it would shut themselves out. The message is one the page can show."""

    field = "requires_two_step"

    def __init__(self) -> None:
        super().__init__(_("Switch on two-step sign-in for yourself first. You would shut yourself out otherwise."))


def require_two_step(*, account: Account, by: By, required: bool, seen: int | None = None) -> None:
    """From the next request on. The account's keys go on working. Again changes nothing.

    `seen`: the newest such decision the actor knows of. Raises NoSecondStep, audit.Outdated.
    """
    if required and not two_step.is_on(by.person):
        raise NoSecondStep
    kind = AuditKind.ACCOUNT_TWO_STEP_REQUIRED if required else AuditKind.ACCOUNT_TWO_STEP_OPTIONAL
    with transaction.atomic():
        account.lock()
        audit.check_seen(decisions(account), seen)
        others = Account.objects.filter(pk=account.pk).exclude(requires_two_step=required)
        if others.update(requires_two_step=required):
            audit.record(kind, account=account, by=by)


def decisions(account: Account) -> AuditEventQuerySet:
    """On whether two steps are required."""
    kinds = (AuditKind.ACCOUNT_TWO_STEP_REQUIRED, AuditKind.ACCOUNT_TWO_STEP_OPTIONAL)
    events: AuditEventQuerySet = account.audit_events.filter(kind__in=kinds)
    return events
