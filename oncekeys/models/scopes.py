"""Scopes say what a key may do: names with spaces between them, as OAuth writes a scope (RFC 6749, section 3.3)."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from oncekeys import conf

# Holds every other, those that a deployment will declare tomorrow too.
FULL = "full"
WELL_FORMED = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+", re.ASCII)


class BadScopes(ValueError):
    """The message is one the page can show."""


def clean(names: Iterable[str], *, held: str = "") -> str:
    """The scopes as they are stored: those chosen, in the order of `on_offer`. Raises BadScopes."""
    chosen, offered = set(names), on_offer(held)
    if not chosen:
        raise BadScopes(_("Choose at least one scope. A key without one can’t do anything."))
    if unknown := chosen.difference(offered):
        raise BadScopes(_("There is no scope “%(name)s” here.") % {"name": sorted(unknown)[0]})
    return FULL if FULL in chosen else " ".join(name for name in offered if name in chosen)


def on_offer(held: str = "") -> list[str]:
    """Those of the settings, and those that a key holds from a time when the settings had them."""
    return list(dict.fromkeys([*conf.scopes(), *held.split()]))


def default() -> list[str]:
    """Return the scopes of a key when no one chooses: everything."""
    return [FULL] if FULL in conf.scopes() else list(conf.scopes())


def cover(held: str, required: Iterable[str]) -> bool:
    """Return whether the scopes in `held` include those required."""
    return held == FULL or set(required).issubset(held.split(" "))


def is_well_formed(name: str) -> bool:
    return WELL_FORMED.fullmatch(name) is not None
