"""Notes when a key was last used and from where: at most once a minute, and never in the answer's way."""

import os
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from accounts.models import ApiKey
from accounts.services.background import background

PRECISION = timedelta(minutes=1)

# Keys whose note waits to be written: until it is, each of their requests finds it due.
_waiting: set[int] = set()


def note(api_key: ApiKey, *, at: datetime, address: str | None) -> None:
    """`at` is the database's clock, by which `last_used_at` was written."""
    due = api_key.last_used_at is None or at - api_key.last_used_at >= PRECISION
    if due and api_key.pk not in _waiting:
        _waiting.add(api_key.pk)
        if not background.run(partial(_write, api_key.pk, address)):
            _waiting.discard(api_key.pk)


def forget() -> None:
    """Nothing waits any more: in a forked child, since what waited in the parent is written by the parent."""
    _waiting.clear()


os.register_at_fork(after_in_child=forget)


def _write(pk: int, address: str | None) -> None:
    _waiting.discard(pk)
    # Another process may have written it meanwhile.
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=Now() - PRECISION)
    ApiKey.objects.filter(due, pk=pk).update(
        first_used_at=Coalesce("first_used_at", Now()), last_used_at=Now(), last_used_address=address
    )
