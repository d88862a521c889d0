"""The mail that says that an API key will expire."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oncekeys.links import page_of
from oncekeys.models import ApiKey
from oncekeys.notifications.key_events import links
from oncekeys.notifications.message import Link, Message, moment, to_managers

DAY = timedelta(days=1)


def message(api_key: ApiKey, recipient: Any) -> Message:
    """Build the warning for a key that expires. The key comes from `listed`, with the database's clock."""
    heading = _heading(api_key)
    rotate = Link(_("Rotate this key"), page_of(api_key.account, "api_key_rotate", key_id=api_key.key_id))
    return Message(
        account=api_key.account,
        subject=heading,
        heading=heading,
        facts=_facts(api_key, recipient),
        advice=_advice(),
        links=[rotate, *links(api_key.account, api_key)],
        **to_managers(api_key.account, recipient),
    )


def _heading(api_key: ApiKey) -> str:
    left = time_left(api_key)
    days = round(left / DAY)
    names = {"key": api_key.name, "account": api_key.account.name, "days": days}
    if left <= DAY:
        return _("API key “%(key)s” of %(account)s expires within 24 hours") % names
    within = ngettext(
        "API key “%(key)s” of %(account)s expires in %(days)d day",
        "API key “%(key)s” of %(account)s expires in %(days)d days",
        days,
    )
    return within % names


def time_left(api_key: ApiKey) -> timedelta:
    """By the database's clock, when the key was read."""
    return api_key.expires_at - api_key.now if api_key.expires_at else timedelta.max


def _facts(api_key: ApiKey, recipient: Any) -> list[tuple[str, str]]:
    used = moment(api_key.last_used_at, recipient) if api_key.last_used_at else _("not used yet")
    facts = [(_("Key"), f"{api_key.name} ({api_key.public_id})"), (_("Last used"), used)]
    return facts if api_key.expires_at is None else [*facts, (_("Expires"), moment(api_key.expires_at, recipient))]


def _advice() -> list[str]:
    return [
        _("After that, requests with this key are refused. The expiry can’t be extended."),
        _(
            "If you still need it, rotate it before then. You get a new key, and the old one keeps working for"
            " the grace period you choose, but never past its expiry. If you don’t need it, you don’t have to do"
            " anything."
        ),
    ]
