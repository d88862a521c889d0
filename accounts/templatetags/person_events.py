"""What happened to how a person signs in, in words."""

from collections.abc import Callable

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
    "too_many_attempts": gettext_lazy("too many attempts"),
}


@register.filter
def who(event: PersonEvent) -> str:
    if event.actor_id == event.person_id:
        return _("You")
    if event.actor is not None:
        return str(event.actor)
    return _("Someone") if event.kind in FAILURES else _("The system")


@register.filter
def facts(event: PersonEvent) -> list[str]:
    return [tell(event.details) for fact, tell in FACTS.items() if event.details.get(fact)]


def _method(details: PersonDetails) -> str:
    return ", ".join(str(METHODS.get(method, method)) for method in details["method"].split())


def _page(details: PersonDetails) -> str:
    if account := details.get("account"):
        return _("%(page)s of %(account)s") % {"page": details["page"], "account": account}
    return details["page"]


FACTS: dict[str, Callable[[PersonDetails], str]] = {
    "method": _method,
    "page": _page,
    "groups": lambda details: details["groups"],
    "subject": lambda details: details["subject"],
    "change": lambda details: details["change"],
}
