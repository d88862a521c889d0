"""Sessions as Django keeps them, but where the database cannot write one, the error says so."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from oncekeys.models.transactions import AWAY


class SessionStore(db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        """Django takes every error for a session that was deleted meanwhile, and tells people so."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, AWAY):
                raise error.__context__ from None
            raise
