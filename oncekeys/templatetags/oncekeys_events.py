"""Describes events in words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oncekeys.host import host
from oncekeys.models import AuditEvent, AuditKind, moments, networks, old_keys
from oncekeys.models.audit import Details

register = template.Library()


@register.filter
def what(event: AuditEvent) -> str:
    return str(OF_OLD_KEYS[event.kind]) if event.is_about_old_key else event.get_kind_display()


@register.filter
def who(event: AuditEvent) -> str:
    if event.by_key:
        return _("API key")
    if event.actor_id is None:
        return _("The system")
    return host.name_of(event.actor) if event.actor else _("Former user %(number)s") % {"number": event.actor_id}


@register.filter
def name_of(person: Any) -> str:
    """Return a person's name as others see it, or an empty string without a person."""
    return host.name_of(person) if person else ""


@register.filter
def facts(event: AuditEvent) -> list[str]:
    """Sentences about what is special to this event."""
    return [tell(event.details) for fact, tell in FACTS.get(event.kind, {}).items() if fact in event.details]


def _account_renamed(details: Details) -> str:
    return _("Renamed from “%(before)s” to “%(name)s”.") % details


def _renamed(details: Details) -> str:
    return _("Renamed from “%(name_before)s” to “%(name)s”.") % details


def _addresses(details: Details) -> str:
    return _("Allowed IP addresses changed from %(before)s to %(now)s.") % {
        "now": _places(details["addresses"]),
        "before": _places(details["addresses_before"]),
    }


def _places(lines: str) -> str:
    return ", ".join(map(networks.shown, lines.split("\n"))) if lines else _("anywhere")


def _scopes(details: Details) -> str:
    return _("Scopes changed from %(before)s to %(now)s.") % {
        "now": ", ".join(details["scopes"].split()),
        "before": ", ".join(details["scopes_before"].split()),
    }


def _from_addresses(details: Details) -> str:
    return _("Allowed IP addresses: %(now)s.") % {"now": _places(details["addresses"])}


def _of_scopes(details: Details) -> str:
    return _("Scopes: %(now)s.") % {"now": ", ".join(details["scopes"].split())}


def _successor(details: Details) -> str:
    if (until := details.get("works_until")) is None:
        return _("Replaced by %(successor)s. Stopped working immediately.") % details
    return _("Replaced by %(successor)s. The old key works until %(moment)s.") % {
        **details,
        "moment": moments.with_zone(datetime.fromisoformat(until)),
    }


def _replaces(details: Details) -> str:
    return _("Replaces %(replaces)s.") % details


def _after_rotation(details: Details) -> str:
    return _("It had already stopped working when the key that replaced it was rotated.")


def _new_key(details: Details) -> str:
    return str(NEW_KEYS[details["new_key_state"]] % details)


# Done to the old key of a rotation, whose new key goes on.
OF_OLD_KEYS: dict[str, Promise] = {
    AuditKind.API_KEY_PAUSED: gettext_lazy("Old API key paused"),
    AuditKind.API_KEY_RESUMED: gettext_lazy("Old API key resumed"),
    AuditKind.API_KEY_DELETED: gettext_lazy("Old API key deleted"),
    AuditKind.API_KEY_EXPOSED: gettext_lazy("Old API key sent over plain HTTP"),
}
NEW_KEYS = {
    old_keys.WORKS: gettext_lazy("The new key, %(new_key)s, kept working."),
    old_keys.PAUSED: gettext_lazy("The new key, %(new_key)s, was paused."),
    old_keys.EXPIRED: gettext_lazy("The new key, %(new_key)s, had expired."),
}

# Of each kind, the detail that is there when there is something to tell. Another app adds those of its own events.
FACTS: dict[str, dict[str, Callable[[Details], str]]] = {
    AuditKind.ACCOUNT_RENAMED: {"before": _account_renamed},
    AuditKind.API_KEY_CREATED: {"replaces": _replaces, "addresses": _from_addresses, "scopes": _of_scopes},
    AuditKind.API_KEY_CHANGED: {
        "name_before": _renamed,
        "addresses_before": _addresses,
        "scopes_before": _scopes,
    },
    AuditKind.API_KEY_ROTATED: {"successor": _successor},
    AuditKind.API_KEY_PAUSED: {"new_key": _new_key},
    AuditKind.API_KEY_RESUMED: {"new_key": _new_key},
    AuditKind.API_KEY_DELETED: {"after_rotation": _after_rotation, "new_key": _new_key},
    AuditKind.API_KEY_EXPOSED: {"new_key": _new_key},
}
