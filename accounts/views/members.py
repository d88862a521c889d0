"""The members of an account, their roles, and invitations."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms.members import RoleForm
from accounts.models import Invitation, Membership, Role
from accounts.services import invitations, memberships
from accounts.views.requests import MemberRequest
from oncekeys.models import Account
from oncekeys.services import audit
from oncekeys.services.meanwhile import RemovedMeanwhile
from oncekeys.views.access import manager_required
from oncekeys.views.frames import framed
from oncekeys.views.reauthentication import fresh_proof_required


@require_safe
@manager_required
def index(request: MemberRequest, account: Account) -> HttpResponse:
    members = list(account.memberships.select_related("user").order_by("created_at", "id"))
    pending = account.invitations.pending().select_related("invited_by").order_by("-created_at", "-id")
    may_grant = request.membership.may_grant
    context = {
        "account": account,
        "section": "members",
        "rows": [{"membership": each, "may_change": may_grant(each.role)} for each in members],
        "invitations": [
            {"invitation": each, "has_ended": _has_ended(each, members), "may_change": may_grant(each.role)}
            for each in pending
        ],
    }
    return render(request, "members/index.html", context)


def _has_ended(invitation: Invitation, members: Iterable[Membership]) -> bool:
    """Return whether it has expired, or its inviter could no longer send it."""
    inviter = next((each for each in members if each.user_id == invitation.invited_by_id), None)
    return invitation.has_run_out(at=timezone.now()) or not invitations.stands_by(inviter, invitation)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def change_role(request: MemberRequest, account: Account, pk: int) -> HttpResponse:
    membership = _membership(account, pk)
    form = RoleForm(
        request.POST if request.method == "POST" else None,
        granted_by=request.membership,
        initial={"role": membership.role, "seen": memberships.role_changes(membership).latest_id()},
    )
    try:
        if form.is_valid():
            return _change_role(request, membership, **form.cleaned_data)
    except audit.Outdated as error:
        form.outdate(error.changes)
    context = {**form_context(account), "title": _("Change role"), **_subject(membership), "form": form}
    return framed(request, "members/role.html", context, status=422 if form.is_refused else 200)


def _change_role(request: MemberRequest, membership: Membership, *, role: Role, seen: int | None) -> HttpResponse:
    return _done(
        request,
        lambda: memberships.change_role(membership=membership, role=role, by=request.by, seen=seen),
        _("%(name)s is now: %(role)s.") % {"name": membership.user, "role": role.label},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def remove(request: MemberRequest, account: Account, pk: int) -> HttpResponse:
    membership = _membership(account, pk)
    if request.method == "POST":
        return _done(
            request,
            lambda: memberships.remove(membership=membership, by=request.by),
            _removed(account, membership),
        )
    context = {**form_context(account), "title": _("Remove member"), **_subject(membership)}
    return framed(request, "members/remove.html", context)


def _removed(account: Account, membership: Membership) -> str:
    """Return the sentence about the removal, with a link to the keys that the person may know."""
    said = _("%(name)s was removed. They no longer have access.") % {"name": membership.user}
    if not account.api_keys.known_to(membership.user).exists():
        return said
    keys = f"{reverse('oncekeys:apis_webhooks', kwargs={'slug': account.slug})}?by={membership.user_id}"
    return format_html('{} <a href="{}">{}</a>', said, keys, _("Rotate the keys that were shown to them."))


def _membership(account: Account, pk: int) -> Membership:
    return get_object_or_404(account.memberships.select_related("account", "user"), pk=pk)


def _subject(membership: Membership) -> dict[str, object]:
    """Return a member, and the keys that they may know."""
    return {"membership": membership, "keys": membership.account.api_keys.known_to(membership.user)}


def form_context(account: Account) -> dict[str, object]:
    return {"account": account, "section": "members", "back": reverse("members", args=[account.slug])}


def _done(request: MemberRequest, act: Callable[[], None], sentence: str) -> HttpResponse:
    """Back to the list with what happened, or with why it did not."""
    try:
        act()
    except (memberships.NotAllowed, memberships.LastOwner) as error:
        messages.error(request, str(error))
    except RemovedMeanwhile:
        messages.error(request, _("Nothing was changed. They or you have already been removed from this account."))
    else:
        messages.success(request, sentence)
    return _away(request)


def _away(request: MemberRequest) -> HttpResponse:
    """Redirect to the list, or home if the person has just removed themselves."""
    left = Membership.objects.filter(pk=request.membership.pk).first()
    if left is not None and left.manages_keys:
        return back_to_members(request)
    return HttpResponseClientRedirect(reverse("start")) if request.htmx else redirect("start")


def back_to_members(request: MemberRequest) -> HttpResponse:
    slug = request.membership.account.slug
    return HttpResponseClientRedirect(reverse("members", args=[slug])) if request.htmx else redirect("members", slug)
