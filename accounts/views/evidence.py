"""How much a key is used, as people see it before they stop it."""

from datetime import timedelta
from typing import Any

from accounts.models import ApiKey, KeyUsage, old_keys
from accounts.models.figures import HOUR, NO_FIGURES, Figures
from accounts.services import rotation

LATELY = timedelta(days=1)


def evidence(api_key: ApiKey) -> dict[str, Any]:
    figures = KeyUsage.objects.figures([api_key], at=api_key.now).get(api_key.pk, NO_FIGURES)
    has_ended = api_key.is_expired(at=api_key.now)
    return {
        "figures": figures,
        "has_ended": has_ended,
        "is_busy": not has_ended and _is_busy(api_key, figures),
        "before": rotation.stands_beside(api_key, now=api_key.now),
        **_of_old_key(api_key),
    }


def _of_old_key(api_key: ApiKey) -> dict[str, Any]:
    """Facts instead of advice: when the old key was called, and what becomes of the new one."""
    facts = old_keys.facts(api_key)
    if not facts:
        return {}
    return {
        "about_new_key": old_keys.sentence(facts),
        "calls_last_day": KeyUsage.objects.calls_since(api_key, api_key.now - LATELY),
    }


def _is_busy(api_key: ApiKey, figures: Figures) -> bool:
    last = api_key.last_used_at
    if api_key.replacement:
        # It was in use until its applications changed over, so only what came just now is news.
        return last is not None and api_key.now - last < HOUR
    return figures.today > 0 or (last is not None and api_key.now - last < LATELY)
