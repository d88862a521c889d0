"""An account decides whether its people need two-step sign-in."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import two_step
from accounts.models import PeopleEvent, TwoStepRequirement
from oncekeys.models import Account
from oncekeys.models.audit import AuditEventQuerySet
from oncekeys.services import audit
from oncekeys.services.by import By


class NoSecondStep(Exception):
    """Raised when the actor would lock themselves out. The message can be shown on the page."""

    field = "requires_two_step"

    def __init__(self) -> None:
        super().__init__(_("Switch on two-step sign-in for yourself first. Otherwise you’d lock yourself out."))


def require_two_step(*, account: Account, by: By, required: bool, seen: int | None = None) -> None:
    """Require it from the next request on. The account's keys keep working. Repeating it changes nothing.

    `seen`: the newest such decision the actor knows of. Raises NoSecondStep, audit.Outdated.
    """
    if required and not two_step.is_on(by.person):
        raise NoSecondStep
    kind = PeopleEvent.TWO_STEP_REQUIRED if required else PeopleEvent.TWO_STEP_OPTIONAL
    with transaction.atomic():
        account.lock()
        audit.check_seen(decisions(account), seen)
        if _set_required(account, required):
            audit.record(kind, account=account, by=by)


def is_required(account: Account) -> bool:
    return TwoStepRequirement.objects.filter(account=account).exists()


def _set_required(account: Account, required: bool) -> bool:
    """Return whether that changed anything. The caller has locked the account."""
    if required:
        _, changed = TwoStepRequirement.objects.get_or_create(account=account)
        return changed
    removed, _ = TwoStepRequirement.objects.filter(account=account).delete()
    return removed > 0


def decisions(account: Account) -> AuditEventQuerySet:
    """Return the events in which this was decided."""
    kinds = (PeopleEvent.TWO_STEP_REQUIRED, PeopleEvent.TWO_STEP_OPTIONAL)
    events: AuditEventQuerySet = account.audit_events.filter(kind__in=kinds)
    return events
