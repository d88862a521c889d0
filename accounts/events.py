"""Adds the events about people to those that the audit log knows."""

from django.utils.translation import gettext as _

from accounts.models import PeopleEvent, Role, erased
from oncekeys.models.audit import KINDS, Details
from oncekeys.templatetags.oncekeys_events import FACTS


def _whom(details: Details) -> str:
    return f"{erased.shown(details['email'])} · {Role(details['role']).label}"


def _role(details: Details) -> str:
    return f"{Role(details['role_before']).label} → {Role(details['role']).label}"


def _erased(details: Details) -> str:
    return _("%(person)s: email, name and IP addresses were removed from this log.") % {
        "person": erased.shown(details["email"])
    }


KINDS.append(PeopleEvent)
FACTS.update(
    {
        PeopleEvent.MEMBER_INVITED: {"email": _whom},
        PeopleEvent.INVITATION_WITHDRAWN: {"email": _whom},
        PeopleEvent.MEMBER_JOINED: {"email": _whom},
        PeopleEvent.MEMBER_ROLE_CHANGED: {"role_before": _role},
        PeopleEvent.MEMBER_REMOVED: {"email": _whom},
        PeopleEvent.MEMBER_ERASED: {"email": _erased},
    }
)
