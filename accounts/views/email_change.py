"""A person's own email address: asking for another, confirming it by the link in a mail, thinking better of it."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.profile import EmailForm
from accounts.models import PersonEventKind
from accounts.notifications.email_change import Origin
from accounts.services import email_change, person_log
from accounts.views import mail_limits
from accounts.views.access import sign_in_required
from accounts.views.requests import SignedInRequest
from oncekeys.client import client_address
from oncekeys.views.reauthentication import fresh_proof_required


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_proof_required
def change(request: SignedInRequest) -> HttpResponse:
    form = EmailForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        if mail_limits.may_send(request, "change_email", to=str(request.user.email)):
            email_change.ask(session=_session(request), email=form.cleaned_data["email"])
            person_log.record(PersonEventKind.EMAIL_ASKED, person=request.user, request=request)
            messages.success(request, _sent(form.cleaned_data["email"]))
            return redirect("profile")
        form.add_error(None, mail_limits.too_many())
    return render(request, "account/email.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@sign_in_required
def resend(request: SignedInRequest) -> HttpResponse:
    if not mail_limits.may_send(request, "change_email", to=str(request.user.email)):
        messages.error(request, mail_limits.too_many())
        return redirect("profile")
    try:
        messages.success(request, _sent(email_change.resend(request.user)))
    except email_change.Ended:
        messages.error(request, _("There is no new email address to confirm."))
    return redirect("profile")


@require_POST
@sign_in_required
def withdraw(request: SignedInRequest) -> HttpResponse:
    email_change.withdraw(request.user)
    messages.success(request, _("Your email address is still %(email)s.") % {"email": request.user.email})
    return redirect("profile")


@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def confirm(request: SignedInRequest, token: str) -> HttpResponse:
    """Confirm the change, if signed in: a mistyped address is someone else's, who can open the email."""
    try:
        waiting = email_change.opened_by(request.user, token)
        if request.method == "POST":
            email_change.confirm(user=request.user, token=token, origin=_origin(request))
            person_log.record(PersonEventKind.EMAIL_CHANGED, person=request.user, request=request)
            messages.success(request, _("You now sign in with %(email)s.") % {"email": waiting.email})
            return redirect("profile")
    except (email_change.Ended, email_change.Taken) as error:
        return render(request, "account/email_ended.html", {"sentence": str(error)}, status=410)
    return render(request, "account/email_confirm.html", {"waiting": waiting})


def _session(request: SignedInRequest) -> UserSession:
    UserSession.objects.create_from_request(request)
    return UserSession.objects.get(session_key=request.session.session_key)


def _origin(request: SignedInRequest) -> Origin:
    return Origin(
        at=timezone.now(),
        address=client_address(request) or _("unknown"),
        user_agent=request.headers.get("User-Agent", ""),
    )


def _sent(email: str) -> str:
    return _("We’re sending an email to %(email)s. Open its link to start using this address.") % {"email": email}
