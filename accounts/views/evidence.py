"""What speaks for and against deleting a key."""

from datetime import timedelta
from typing import Any

from accounts.models import ApiKey, KeyUsage
from accounts.models.usage import NO_FIGURES, Figures
from accounts.models.verdict import Verdict
from accounts.services import rotation

LATELY = timedelta(days=1)


def evidence(api_key: ApiKey) -> dict[str, Any]:
    figures = KeyUsage.objects.figures([api_key], at=api_key.now).get(api_key.pk, NO_FIGURES)
    has_ended = api_key.is_expired(at=api_key.now)
    return {
        "figures": figures,
        "has_ended": has_ended,
        "is_busy": not has_ended and _is_busy(api_key, figures) and not _is_replaced_safely(api_key, figures),
        "before": rotation.stands_beside(api_key, now=api_key.now),
    }


def _is_busy(api_key: ApiKey, figures: Figures) -> bool:
    last = api_key.last_used_at
    return figures.today > 0 or (last is not None and api_key.now - last < LATELY)


def _is_replaced_safely(api_key: ApiKey, figures: Figures) -> bool:
    """As the list says of the pair."""
    new = api_key.replacement
    return new is not None and Verdict(api_key, new, figures, api_key.now).is_safe
