"""Keeps the list of a person's sessions up to date: from where each was last used, and when."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.services.sessions import NO_ADDRESS, SIGNED_IN_AT
from oncekeys.client import client_address
from oncekeys.models.transactions import AWAY

logger = logging.getLogger(__name__)

PRECISION = timedelta(minutes=1)
# Of what looks again by itself: see `watch.js`.
WATCH = "Oncekeys-Watch"


class LastSeenMiddleware:
    """Writes at most once a minute for a session, and only for requests that asked who it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 503:
            return response  # the database is away, and would keep this waiting too
        try:
            if _is_used(request) and not _seen_lately(request):
                _note(request)
        except AWAY as error:
            # The answer is there already. The list is true again with the next request.
            reason = type(error).__name__
            logger.warning("When a session was last seen could not be written: %s", reason, extra={"status_code": 503})
        return response


def _is_used(request: HttpRequest) -> bool:
    """Return whether a person made the request. An open page asks for news every few seconds by itself."""
    return bool(WATCH not in request.headers and request.session.accessed and request.user.is_authenticated)


def _note(request: HttpRequest) -> None:
    """Only what is known here: the rest of the rows may be changed by another request at this moment.

    A session from before sessions had an absolute end gets one, as if its person had signed in just now.
    """
    request.session.setdefault(SIGNED_IN_AT, time.time())
    row = Session.objects.filter(session_key=request.session.session_key)
    row.update(expire_date=request.session.get_expiry_date())
    address = client_address(request) or NO_ADDRESS
    seen = UserSession.objects.filter(session_key=request.session.session_key, user_id=request.user.pk)
    if not seen.update(last_seen_at=timezone.now(), ip=address):
        browser = request.headers.get("User-Agent", "")[: UserSession._meta.get_field("user_agent").max_length]
        known = {"user": request.user, "ip": address, "user_agent": browser}
        UserSession.objects.get_or_create(session_key=request.session.session_key, defaults=known)


def _seen_lately(request: HttpRequest) -> bool:
    recent = timezone.now() - PRECISION
    return UserSession.objects.filter(
        session_key=request.session.session_key, user_id=request.user.pk, last_seen_at__gt=recent
    ).exists()
