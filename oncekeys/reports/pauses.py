"""Pauses say who paused a key, and when, from the audit log."""

from collections.abc import Iterable

from oncekeys.models import ApiKey, AuditEvent, AuditKind


def of_keys(keys: Iterable[ApiKey]) -> dict[int, AuditEvent]:
    """The latest pause of each key that is paused, by the key's primary key: one query, or none if no key is."""
    paused = [key.pk for key in keys if key.paused_at is not None]
    if not paused:
        return {}
    events = AuditEvent.objects.filter(api_key__in=paused, kind=AuditKind.API_KEY_PAUSED).select_related("actor")
    return {event.api_key_id: event for event in events.order_by("at", "id") if event.api_key_id}
