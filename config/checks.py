"""Checks of this deployment for `manage.py check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register


@register(Tags.caches, deploy=True)
def limits_are_shared(**_: Any) -> list[CheckMessage]:
    """Limits on guessing passwords, second steps and keys hold for all processes together, or each has its own."""
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith("LocMemCache"):
        return [
            Warning(
                "CACHE_URL is locmem:, so each process counts failed sign-ins, second steps and wrong keys by itself: "
                "every limit is multiplied by the number of processes. Remove it to count in the database, or name a "
                "Redis.",
                id="config.W001",
            )
        ]
    if backend.endswith("DatabaseCache"):
        return [
            Info(
                "CACHE_URL is not set, so failed sign-ins, second steps and wrong keys are counted in the database. "
                "That holds for any number of processes; a Redis spares the database a few writes for each failure.",
                id="config.I001",
            )
        ]
    return []
