"""The home page."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import two_step
from accounts.models import Membership
from accounts.views.access import sign_in_required
from accounts.views.requests import MemberRequest, SignedInRequest
from oncekeys.models import Account
from oncekeys.reports import key_list
from oncekeys.views.access import account_required

SHOWN_EVENTS = 5


@require_safe
@sign_in_required
def start(request: SignedInRequest) -> HttpResponse:
    """To the account a person joined first, of those that are open."""
    memberships = Membership.objects.of(request.user)
    membership = memberships.filter(account__disabled_at=None).first()
    if membership is not None:
        return redirect("account_home", membership.account.slug)
    is_closed = memberships.exists()
    return render(request, "no_account.html", {"is_closed": is_closed}, status=403 if is_closed else 200)


@require_safe
@account_required
def index(request: MemberRequest, account: Account) -> HttpResponse:
    steps = _first_steps(request, account)
    context = {"account": account, "steps": steps, "done": sum(step.is_done for step in steps)}
    if request.membership.manages_keys:
        context |= {
            "listing": key_list.of_account(account),
            "events": account.audit_events.one_each_rotation().newest_first()[:SHOWN_EVENTS],
        }
    return render(request, "home.html", context)


class Step(NamedTuple):
    """A first step in an account, checked off when the facts show it is done."""

    is_done: bool
    name: str
    why: str
    url: str


def _first_steps(request: MemberRequest, account: Account) -> list[Step]:
    """Those that are this person's to do."""
    return [*(_steps_of_managers(account) if request.membership.manages_keys else []), _two_step(request)]


def _steps_of_managers(account: Account) -> list[Step]:
    return [
        Step(
            account.api_keys.exists(),
            _("Create an API key"),
            _("Use one key per application, so you can delete one without affecting the others."),
            reverse("oncekeys:apis_webhooks", args=[account.slug]),
        ),
        Step(
            account.memberships.count() > 1 or account.invitations.pending().exists(),
            _("Invite a colleague"),
            _("So someone can delete a key while you’re away."),
            reverse("members", args=[account.slug]),
        ),
    ]


def _two_step(request: MemberRequest) -> Step:
    return Step(
        two_step.is_on(request.user),
        _("Switch on two-step sign-in"),
        _("A password alone can be guessed or phished. Your keys are only as safe as your sign-in."),
        reverse("mfa_index"),
    )
