"""What commands have in common: they find an account or a key by its public name, and fail in one sentence."""

from datetime import date, datetime, timedelta

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from oncekeys import links
from oncekeys.forms.api_keys import LONGEST_LIFE, end_of
from oncekeys.keys.token import key_id_of
from oncekeys.models import Account, ApiKey


def add_account(parser: CommandParser) -> None:
    parser.add_argument("account", help="the account's slug, as it stands in its address")


def account(slug: str) -> Account:
    """Raises CommandError, which Django prints on standard error, with exit status 1."""
    found = Account.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Account.objects.order_by("slug").values_list("slug", flat=True)[:10])
        raise CommandError(f"There is no account “{slug}”. Known are: {known or 'none yet'}.")
    return found


def api_key(of: Account, shown: str) -> ApiKey:
    """By its id, alone or as it is shown: `7Fh2k9QxYz12` or `ok_live_7Fh2k9QxYz12`. Raises CommandError."""
    found = of.api_keys.listed().filter(key_id=key_id_of(shown)).first()
    if found is None:
        raise CommandError(f"The account “{of.slug}” has no such key. `list_api_keys {of.slug}` shows those it has.")
    return found


def life(text: str) -> timedelta | datetime:
    """How long a key works, from a number of days, or until when, from a date. Raises CommandError."""
    try:
        life = timedelta(days=int(text)) if text.isdecimal() else end_of(date.fromisoformat(text))
        left = life if isinstance(life, timedelta) else life - timezone.now()
    except (ValueError, OverflowError):
        raise CommandError(f"“{text}” is no number of days and no date. Write it like 90 or 2030-12-31.") from None
    if left > LONGEST_LIFE:
        raise CommandError("Let the key expire within a hundred years, or never, without --expires.")
    return life


def require_pages() -> None:
    """Raises CommandError in a project that takes only the keys."""
    if not links.has_pages():
        raise CommandError(
            "The emails would lead to pages that this project doesn't have: include oncekeys.urls first."
        )
