"""Notes that a key was sent over plain HTTP, where others can read it."""

from datetime import timedelta
from functools import partial

from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables

from oncekeys.models import ApiKey, AuditEvent, AuditKind
from oncekeys.services import audit, verification
from oncekeys.services.background import writes
from oncekeys.services.by import By
from oncekeys.services.refusals import NotAdmitted

# A client that polls every second should not bury the rest of the log.
INTERVAL = timedelta(hours=1)


@sensitive_variables("text")
def note(text: str, *, address: str | None) -> None:
    """Add an audit event `api_key.exposed`, at most once an hour, if the text is a key and can be checked now."""
    try:
        api_key = verification.identify(text).api_key
    except NotAdmitted:
        return
    writes.run(partial(_record, api_key, address))


def _record(api_key: ApiKey, address: str | None) -> None:
    recent = AuditEvent.objects.filter(api_key=api_key, kind=AuditKind.API_KEY_EXPOSED, at__gt=Now() - INTERVAL)
    if not recent.exists():
        audit.record_of_key(AuditKind.API_KEY_EXPOSED, api_key, by=By(None, address), mailed=True)
