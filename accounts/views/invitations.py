"""Invites people to an account, and lets them accept."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.members import InviteForm, NewcomerForm
from accounts.models import Invitation, Membership
from accounts.models.invitation import LIFETIME
from accounts.services import invitations, memberships
from accounts.views import mail_limits
from accounts.views.members import back_to_members, form_context
from accounts.views.requests import MemberRequest, PageRequest, SignedInRequest
from oncekeys.client import client_address
from oncekeys.models import Account
from oncekeys.views.access import manager_required
from oncekeys.views.frames import framed
from oncekeys.views.reauthentication import fresh_proof_required


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
@fresh_proof_required
def new(request: MemberRequest, account: Account) -> HttpResponse:
    form = InviteForm(request.POST if request.method == "POST" else None, granted_by=request.membership)
    if form.is_valid() and not mail_limits.may_invite(request, account, to=form.cleaned_data["email"]):
        form.add_error(None, mail_limits.too_many())
    elif form.is_valid() and (sent := _invite(request, account, form)):
        sentence = _("An invitation was sent to %(email)s. Its link works for %(days)s days.")
        return _told(request, account, sent, sentence)
    context = {**form_context(account), "title": _("Invite a colleague"), "form": form, "days": LIFETIME.days}
    return framed(request, "members/invite.html", context, status=422 if form.errors else 200)


@require_POST
@manager_required
def resend(request: MemberRequest, account: Account, pk: int) -> HttpResponse:
    invitation = get_object_or_404(account.invitations, pk=pk)
    if not invitation.is_pending:
        return _over(request, invitation)
    if not mail_limits.may_invite(request, account, to=invitation.email):
        messages.error(request, mail_limits.too_many())
        return back_to_members(request)
    try:
        sent = invitations.resend(invitation=invitation, by=request.by)
    except (invitations.AlreadyMember, memberships.NotAllowed) as error:
        messages.error(request, str(error))
        return back_to_members(request)
    sentence = _("A new invitation was sent to %(email)s. The earlier link no longer works.")
    return _told(request, account, sent, sentence)


@require_POST
@manager_required
def withdraw(request: MemberRequest, account: Account, pk: int) -> HttpResponse:
    invitation = get_object_or_404(account.invitations, pk=pk)
    if not invitation.is_pending:
        return _over(request, invitation)
    try:
        invitations.withdraw(invitation=invitation, by=request.by)
    except memberships.NotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation for %(email)s was revoked.") % {"email": invitation.email})
    return back_to_members(request)


@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: PageRequest, token: str) -> HttpResponse:
    """Show a button to a person who has a sign-in, and a form for name and password to anyone else."""
    try:
        invitation = invitations.opened_by(token)
    except invitations.NoInvitation as error:
        return render(request, "invitations/ended.html", {"sentence": str(error)}, status=410)
    if request.user.is_authenticated:
        return _accept_signed_in(cast(SignedInRequest, request), invitation, token)
    if invitations.can_sign_in(invitation.email):
        return _ask_to_sign_in(request, invitation)
    return _accept_newcomer(request, invitation, token)


@sensitive_variables("sent")
def _told(request: MemberRequest, account: Account, sent: invitations.Sent, sentence: str) -> HttpResponse:
    """Back to the list; or, where its email did not leave, the link in this answer and nowhere else."""
    if sent.link is None:
        messages.success(request, sentence % {"email": sent.invitation.email, "days": LIFETIME.days})
        return back_to_members(request)
    context = {**form_context(account), "title": _("Invitation not sent"), "sent": sent, "days": LIFETIME.days}
    response = framed(request, "members/unsent.html", context)
    add_never_cache_headers(response)
    return response


@sensitive_variables()
def _invite(request: MemberRequest, account: Account, form: InviteForm) -> invitations.Sent | None:
    """Return what was sent, or None with the reason added to the form."""
    try:
        return invitations.invite(account=account, by=request.by, **form.cleaned_data)
    except (invitations.AlreadyMember, memberships.NotAllowed) as error:
        form.add_error(error.field, str(error))
    return None


def _over(request: MemberRequest, invitation: Invitation) -> HttpResponse:
    """The page that the button is on is older than what became of the invitation."""
    was_accepted = _("%(email)s has already accepted the invitation.")
    was_withdrawn = _("The invitation for %(email)s has already been revoked.")
    sentence = was_accepted if invitation.accepted_at else was_withdrawn
    messages.error(request, sentence % {"email": invitation.email})
    return back_to_members(request)


@sensitive_variables("token")
def _accept_signed_in(request: SignedInRequest, invitation: Invitation, token: str) -> HttpResponse:
    context = {"invitation": invitation, "is_theirs": request.user.email == invitation.email}
    if request.method != "POST":
        return render(request, "invitations/accept.html", context)
    try:
        membership = invitations.accept(token=token, user=request.user, address=client_address(request))
    except invitations.MeantForSomebodyElse:
        return render(request, "invitations/accept.html", context, status=403)
    except invitations.NoInvitation as error:
        return render(request, "invitations/ended.html", {"sentence": str(error)}, status=410)
    return _welcome(request, membership)


def _ask_to_sign_in(request: PageRequest, invitation: Invitation) -> HttpResponse:
    if request.method == "POST":
        return redirect_to_login(request.get_full_path())
    return render(request, "invitations/sign_in.html", {"invitation": invitation})


@sensitive_variables("token", "form")
@sensitive_post_parameters("password")
def _accept_newcomer(request: PageRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = NewcomerForm(
        request.POST if request.method == "POST" else None, email=invitation.email, account=invitation.account
    )
    if form.is_valid():
        try:
            membership = invitations.accept_as_newcomer(
                token=token, address=client_address(request), **form.cleaned_data
            )
        except (invitations.NoInvitation, invitations.MustSignIn):
            return redirect("invitation", token)
        login(request, membership.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return _welcome(request, membership)
    context = {"invitation": invitation, "form": form}
    return render(request, "invitations/newcomer.html", context, status=422 if form.errors else 200)


def _welcome(request: PageRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("Welcome to %(account)s.") % {"account": membership.account.name})
    return redirect("account_home", membership.account.slug)
