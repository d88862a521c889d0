"""Shared code of the commands: they find an account or a key by its public name, and fail with one sentence."""

import re
from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from oncekeys import links
from oncekeys.forms.api_keys import LONGEST_LIFE, end_of
from oncekeys.keys.token import key_id_of
from oncekeys.models import Account, ApiKey
from oncekeys.models.account import slug_of


def add_account(parser: CommandParser) -> None:
    parser.add_argument("account", help="the account's slug, as in its address, or its external ID")


def add_external_id(parser: CommandParser, *, required: bool = False) -> None:
    parser.add_argument(
        "--external-id",
        type=_external_id,
        required=required,
        metavar="ID",
        help="its owner in your own system, such as shop.organisation:42; the same ID makes no second account",
    )


def account(shown: str) -> Account:
    """Find the account by slug or external ID. Raises CommandError, which Django prints to standard error."""
    found = Account.objects.filter(slug=shown).first() or Account.objects.filter(external_id=shown).first()
    if found is None:
        known = ", ".join(Account.objects.order_by("slug").values_list("slug", flat=True)[:10])
        raise CommandError(f"There is no account “{shown}”. Known accounts: {known or 'none yet'}.")
    return found


def _external_id(text: str) -> str:
    """Plain enough for a header, and to make a slug of. Raises ArgumentTypeError."""
    if not re.fullmatch("[!-~]{1,100}", text) or not slug_of(text):
        raise ArgumentTypeError(f"“{text}” has to be like shop.organisation:42, of at most 100 plain characters.")
    return text


def api_key(of: Account, shown: str) -> ApiKey:
    """By its id, alone or as it is shown: `7Fh2k9QxYz12` or `ok_live_7Fh2k9QxYz12`. Raises CommandError."""
    found = of.api_keys.listed().filter(key_id=key_id_of(shown)).first()
    if found is None:
        raise CommandError(f"The account “{of.slug}” has no such key. `list_api_keys {of.slug}` shows those it has.")
    return found


def life(text: str) -> timedelta | datetime:
    """Read a life from a number of days, or an end from a date. Raises CommandError."""
    try:
        life = timedelta(days=int(text)) if text.isdecimal() else end_of(date.fromisoformat(text))
        left = life if isinstance(life, timedelta) else life - timezone.now()
    except (ValueError, OverflowError):
        raise CommandError(f"“{text}” is not a number of days or a date. Write it like 90 or 2030-12-31.") from None
    if left > LONGEST_LIFE:
        raise CommandError("Choose a date within 100 years, or leave out --expires to create a key that never expires.")
    return life


def require_pages() -> None:
    """Raises CommandError in a project that takes only the keys."""
    if not links.has_pages():
        raise CommandError(
            "The emails would lead to pages that this project doesn't have: include oncekeys.urls first."
        )
