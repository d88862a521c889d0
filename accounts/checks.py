"""Refuses to start with what would break a promise."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from accounts import conf
from accounts.keys.hashing import MINIMUM_COST
from accounts.models import Environment


@register
def environment_is_known(**_: Any) -> list[CheckMessage]:
    if conf.environment() in {None, *Environment.values}:
        return []
    return [
        Error(
            f"ONCEKEYS_ENVIRONMENT is {conf.environment()!r}, so every key would be refused.",
            hint=f"Set it to one of {', '.join(Environment.values)}, or remove it to accept the keys of both.",
            id="accounts.E002",
        )
    ]


@register
def argon2_is_strong_enough(**_: Any) -> list[CheckMessage]:
    cost = conf.argon2_cost()
    if cost.memory_kib >= MINIMUM_COST.memory_kib and cost.passes >= MINIMUM_COST.passes and cost.lanes >= 1:
        return []
    return [
        Error(
            f"Argon2id would run with {cost}, which is less than {MINIMUM_COST}.",
            hint="Raise ONCEKEYS_ARGON2_MEMORY_KIB and ONCEKEYS_ARGON2_PASSES, or remove them.",
            id="accounts.E001",
        )
    ]
