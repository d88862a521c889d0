"""A person's sessions: where they are signed in."""

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User

# In a session: when its person signed in, in seconds of Unix time.
SIGNED_IN_AT = "signed_in_at"
# Who connects by a socket has no address, but a row of the list must have one.
NO_ADDRESS = "::"


def of(user: User) -> list[UserSession]:
    """Those that have not ended, the oldest first; what is known of the others is forgotten.

    Each has `ends_at`, when it ends unless it is used, and `ends_at_last`.

    Only read, never opened: Django renews a session that it opens after SECRET_KEY has changed, and so signs out the
    device that has it.
    """
    known = list(UserSession.objects.filter(user=user).order_by("created_at", "pk"))
    living = _existing(user, (session.session_key for session in known))
    if ended := [session.pk for session in known if session.session_key not in living]:
        UserSession.objects.filter(pk__in=ended).delete()
    for session in known:
        session.ends_at, session.ends_at_last = living.get(session.session_key, (None, None))
    return [session for session in known if session.session_key in living]


def end_all(user: User, *, known_as: Iterable[str]) -> int:
    """Their own, and those in which someone has begun to sign in with one of these emails. How many there were."""
    listed = UserSession.objects.filter(user=user)
    keys = set(listed.values_list("session_key", flat=True))
    names = [json.dumps(email) for email in known_as]
    for session in Session.objects.exclude(session_key__in=keys).iterator():
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(user.pk) or any(name in json.dumps(data) for name in names):
            keys.add(session.session_key)
    listed.delete()
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    return ended


def delete_ended() -> None:
    """Delete all sessions that have expired, and what we know of sessions that no longer exist."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _existing(user: User, keys: Iterable[str]) -> dict[str, tuple[datetime, datetime]]:
    """When those end that are neither signed out nor expired, nor from before their password changed."""
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    decoded = {session: session.get_decoded() for session in stored}
    longest = timedelta(seconds=settings.SESSION_LONGEST_SECONDS)
    return {
        session.session_key: (
            session.expire_date,
            datetime.fromtimestamp(data.get(SIGNED_IN_AT, time.time()), UTC) + longest,
        )
        for session, data in decoded.items()
        if data.get(HASH_SESSION_KEY) in hashes
    }
