"""Where a person arrives."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Account, Membership
from accounts.views.access import member_required
from accounts.views.requests import AccountRequest, SignedInRequest


@require_safe
@login_required
def start(request: SignedInRequest) -> HttpResponse:
    """To the account a person joined first, of those that are open."""
    memberships = Membership.objects.filter(user=request.user, account__disabled_at=None)
    membership = memberships.select_related("account").order_by("created_at", "id").first()
    if membership is None:
        return render(request, "no_account.html")
    return redirect("account_home", membership.account.slug)


@require_safe
@member_required
def index(request: AccountRequest, account: Account) -> HttpResponse:
    return render(request, "home.html", {"account": account})
