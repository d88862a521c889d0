"""The mail about what was done with an API key."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from oncekeys.host import host
from oncekeys.links import page_of
from oncekeys.models import Account, ApiKey, AuditEvent, AuditKind, old_keys
from oncekeys.notifications.message import Link, Message, address_of, moment, one_line, to_managers

SUBJECTS: dict[str, Promise] = {
    AuditKind.API_KEY_CREATED: gettext_lazy("%(who)s created the API key “%(key)s” (%(account)s)"),
    AuditKind.API_KEY_ROTATED: gettext_lazy("%(who)s rotated the API key “%(key)s” (%(account)s)"),
    AuditKind.API_KEY_DELETED: gettext_lazy("%(who)s deleted the API key “%(key)s” (%(account)s)"),
    AuditKind.API_KEY_EXPOSED: gettext_lazy("The API key “%(key)s” was sent without encryption (%(account)s)"),
}
OLD_KEY_SUBJECTS: dict[str, Promise] = {
    AuditKind.API_KEY_DELETED: gettext_lazy("%(who)s deleted the old API key of “%(key)s” (%(account)s)"),
    AuditKind.API_KEY_EXPOSED: gettext_lazy("The old API key of “%(key)s” was sent without encryption (%(account)s)"),
}


def message(event: AuditEvent, recipient: Any) -> Message:
    """Build the email about an event: who did what, when, from where, and what to do if it wasn't you."""
    subjects, advice = (OLD_KEY_SUBJECTS, OLD_KEY_ADVICE) if event.is_about_old_key else (SUBJECTS, ADVICE)
    subject = subjects[event.kind] % {"who": _subject(event), "key": _name(event), "account": event.account.name}
    return Message(
        account=event.account,
        subject=subject,
        heading=subject,
        facts=_facts(event, recipient),
        advice=advice[event.kind](event),
        links=links(event.account, event.api_key),
        **to_managers(event.account, recipient),
    )


def _subject(event: AuditEvent) -> str:
    """Return who did it, for the beginning of a sentence."""
    if event.by_key:
        return _("API key")
    return one_line(host.name_of(event.actor)) if event.actor else _("The system")


def links(account: Account, api_key: ApiKey | None = None) -> list[Link]:
    """The key, or where the keys are, and what was done with them."""
    if api_key is None:
        shown = Link(_("API keys"), page_of(account, "apis_webhooks"))
    else:
        view = _("View “%(key)s”") % {"key": api_key.name}
        shown = Link(view, page_of(account, "api_key", key_id=api_key.key_id))
    return [shown, Link(_("Activity"), page_of(account, "activity"))]


def who(event: AuditEvent) -> str:
    """A person, a key that acted by the API, or the system itself."""
    if event.kind == AuditKind.API_KEY_EXPOSED:
        return _("someone who has the key")
    if event.by_key:
        return _("the key itself, through the API")
    if event.actor is None:
        return _("the system")
    name, address = host.name_of(event.actor), address_of(event.actor)
    return one_line(f"{name} ({address})") if address and address != name else one_line(name)


def _name(event: AuditEvent) -> str:
    """The one it had then."""
    return event.details.get("name", "")


def _facts(event: AuditEvent, recipient: Any) -> list[tuple[str, str]]:
    facts = [(_("Key"), f"{_name(event)} ({event.api_key.public_id})")] if event.api_key else []
    if event.api_key and event.is_about_old_key:
        facts = [(_("Application"), _name(event)), (_("Old key"), event.api_key.public_id)]
        facts.append((_("New key"), event.details["new_key"]))
    if successor := event.details.get("successor"):
        facts += [(_("New key"), successor), (_("Old key"), _end_of_old_key(event, recipient))]
    facts += [(_("By"), who(event)), (_("When"), moment(event.at, recipient))]
    if event.address:
        facts.append((pgettext("an address", "From"), event.address))
    return facts


def _end_of_old_key(event: AuditEvent, recipient: Any) -> str:
    until = event.details.get("works_until")
    if until is None:
        return _("no longer works")
    return _("works until %(moment)s") % {"moment": moment(datetime.fromisoformat(until), recipient)}


def _of_creation(event: AuditEvent) -> list[str]:
    return [
        _("Anyone who has this key can call the API on behalf of %(account)s.") % {"account": event.account.name},
        _("If this wasn’t you or someone you trust, delete the key, then review the recent activity."),
    ]


def _of_rotation(event: AuditEvent) -> list[str]:
    return [
        _("The new key replaces the old one. Switch applications that still use the old key to the new one."),
        _(
            "If this wasn’t you or someone you trust, delete both keys and create another, then review the"
            " recent activity."
        ),
    ]


def _of_deletion(event: AuditEvent) -> list[str]:
    return [
        _("Applications that use this key lost access. A deleted key can’t be restored."),
        _(
            "If this wasn’t you or someone you trust, create another key for those applications, then review the"
            " recent activity."
        ),
    ]


def _of_old_deletion(event: AuditEvent) -> list[str]:
    return [
        old_keys.sentence(event.details),
        _("Applications that still use the old key are refused. They need the new key."),
        _("If this wasn’t you or someone you trust, review the recent activity."),
    ]


def _of_exposure(event: AuditEvent) -> list[str]:
    return [
        _("It came over plain HTTP, so others on its way could read it. The request was refused; the key still works."),
        _(
            "Rotate the key now, and have the application call the API over HTTPS. If you don’t recognize the"
            " application, delete the key."
        ),
    ]


def _of_old_exposure(event: AuditEvent) -> list[str]:
    return [
        _("It came over plain HTTP, so others could read it. The request was refused; the old key still works."),
        old_keys.sentence(event.details),
        _("Have the application use the new key over HTTPS, then delete the old key."),
    ]


ADVICE: dict[str, Callable[[AuditEvent], list[str]]] = {
    AuditKind.API_KEY_CREATED: _of_creation,
    AuditKind.API_KEY_ROTATED: _of_rotation,
    AuditKind.API_KEY_DELETED: _of_deletion,
    AuditKind.API_KEY_EXPOSED: _of_exposure,
}
OLD_KEY_ADVICE: dict[str, Callable[[AuditEvent], list[str]]] = {
    AuditKind.API_KEY_DELETED: _of_old_deletion,
    AuditKind.API_KEY_EXPOSED: _of_old_exposure,
}
