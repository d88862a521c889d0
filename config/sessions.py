"""Sessions as Django keeps them, that end after some time without use and some time after the sign-in.

Both ends are the row's `expire_date`, so every process and the list of sessions read the same. The cookie outlives it.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from accounts.services.sessions import SIGNED_IN_AT
from oncekeys.models.transactions import AWAY


class SessionStore(db.SessionStore):
    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return how many seconds the cookie is kept."""
        return max(0, round(self._last_moment() - time.time()))

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """When the session ends unless it is used."""
        idle = datetime.now(UTC) + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return min(idle, datetime.fromtimestamp(self._last_moment(), UTC))

    def _last_moment(self) -> float:
        return float(self.get(SIGNED_IN_AT, time.time())) + settings.SESSION_LONGEST_SECONDS

    def save(self, must_create: bool = False) -> None:
        """Where the database cannot write one, the error says so.

        Django takes every error for a session that was deleted meanwhile, and tells people so.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, AWAY):
                raise error.__context__ from None
            raise
