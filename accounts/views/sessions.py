"""Where a person is signed in, and the end of it everywhere but here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import compat
from accounts.models import PersonEventKind
from accounts.services import person_log, sessions
from accounts.views.access import sign_in_required
from accounts.views.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def manage(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return _end_others(request)
    return render(request, "sessions.html", {"sessions": sessions.of(request.user)})


def _end_others(request: SignedInRequest) -> HttpResponse:
    compat.end_other_sessions(request, request.user)
    person_log.record(PersonEventKind.SESSIONS_ENDED, person=request.user, request=request)
    messages.info(request, _("You are signed out everywhere else."))
    return redirect("usersessions_list")
