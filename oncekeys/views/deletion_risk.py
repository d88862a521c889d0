"""Shows how much a key is used, before people stop it."""

from typing import Any

from oncekeys.models import ApiKey, old_keys
from oncekeys.reports.rotation_status import LATELY, status_of
from oncekeys.reports.usage_summary import NO_USAGE, UsageSummary, of_keys
from oncekeys.services import rotation


def deletion_risk(api_key: ApiKey) -> dict[str, Any]:
    usage = of_keys([api_key], at=api_key.now).get(api_key.pk, NO_USAGE)
    has_ended = api_key.is_expired(at=api_key.now)
    return {
        "usage": usage,
        "has_ended": has_ended,
        "is_busy": not has_ended and _is_busy(api_key, usage),
        "before": rotation.stands_beside(api_key, now=api_key.now),
        "rotation": status_of(api_key),
        "about_new_key": old_keys.about_new_key(api_key),
    }


def _is_busy(api_key: ApiKey, usage: UsageSummary) -> bool:
    last = api_key.last_used_at
    return usage.today > 0 or (last is not None and api_key.now - last < LATELY)
