"""Where a person is signed in, and the end of it: on one device, or on all but this one."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import compat
from accounts.models import PersonEventKind
from accounts.services import person_log, sessions
from accounts.templatetags.browsers import browser
from accounts.views.access import sign_in_required
from accounts.views.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def manage(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return _end_one(request) if "session" in request.POST else _end_others(request)
    return render(request, "sessions.html", {"sessions": sessions.of(request.user)})


def _end_one(request: SignedInRequest) -> HttpResponse:
    """End another of their sessions. This one has the button “Sign out”."""
    session = next((each for each in _others(request) if str(each.pk) == request.POST["session"]), None)
    if session is not None:
        session.end()
        person_log.record(PersonEventKind.SESSION_ENDED, person=request.user, request=request)
        messages.info(request, _("%(browser)s is signed out.") % {"browser": browser(session.user_agent)})
    return redirect("usersessions_list")


def _end_others(request: SignedInRequest) -> HttpResponse:
    has_others = bool(_others(request))
    compat.end_other_sessions(request, request.user)
    if has_others:
        person_log.record(PersonEventKind.SESSIONS_ENDED, person=request.user, request=request)
    messages.info(request, _("You’re signed out everywhere else."))
    return redirect("usersessions_list")


def _others(request: SignedInRequest) -> list[UserSession]:
    return [session for session in sessions.of(request.user) if not session.is_current()]
