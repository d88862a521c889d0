"""Describes in words what happened to how a person signs in."""

from collections.abc import Callable
from html import unescape

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import PersonEvent
from accounts.models.person_event import FAILURES, PersonDetails

register = template.Library()

METHODS = {
    "password": gettext_lazy("password"),
    "password_reset": gettext_lazy("link in an email"),
    "sign_in": gettext_lazy("invitation"),
    "totp": gettext_lazy("authenticator app"),
    "webauthn": gettext_lazy("passkey"),
    "recovery_codes": gettext_lazy("recovery code"),
}
TOO_MANY = "too_many_attempts"
PAGES = {
    "account_settings": gettext_lazy("Account settings"),
    "members": gettext_lazy("Members"),
    "oncekeys:activity": gettext_lazy("Activity"),
    "oncekeys:apis_webhooks": gettext_lazy("APIs &amp; Webhooks"),
    "oncekeys:integrations": gettext_lazy("Account Integrations"),
}
CHANGES = {"added": gettext_lazy("added"), "changed": gettext_lazy("changed"), "deleted": gettext_lazy("deleted")}


@register.filter
def who(event: PersonEvent) -> str:
    if event.actor_id == event.person_id:
        return _("You")
    if event.actor is not None:
        return str(event.actor)
    return _("Someone") if event.kind in FAILURES else _("The system")


@register.filter
def facts(event: PersonEvent) -> list[str]:
    return [tell(event.details) for fact, tell in FACTS.items() if fact in event.details]


def _method(details: PersonDetails) -> str:
    if details["method"] == TOO_MANY:
        return _("Too many attempts, so we didn’t check the password.")
    methods = (str(METHODS.get(method, method)) for method in details["method"].split())
    return _("With: %(methods)s") % {"methods": ", ".join(methods)}


def _page(details: PersonDetails) -> str:
    view = details["page"]
    page = unescape(str(PAGES.get(view, view)))
    if account := details.get("account"):
        return _("Page: %(page)s, account: %(account)s") % {"page": page, "account": account}
    return _("Page: %(page)s") % {"page": page}


def _groups(details: PersonDetails) -> str:
    return _("Groups: %(groups)s") % {"groups": details["groups"] or "-"}


def _subject(details: PersonDetails) -> str:
    return f"{details['subject']}: {CHANGES[details['change']]}"


FACTS: dict[str, Callable[[PersonDetails], str]] = {
    "method": _method,
    "page": _page,
    "groups": _groups,
    "subject": _subject,
}
