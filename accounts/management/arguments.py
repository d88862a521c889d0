"""What commands have in common: they find an account or a key by its public name, and fail in one sentence."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from accounts import conf
from accounts.forms.api_keys import LONGEST_LIFE, end_of
from accounts.keys.token import key_id_of
from accounts.models import Account, ApiKey, User


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


def check_email(text: str) -> None:
    """Raises CommandError."""
    try:
        validate_email(text)
    except ValidationError:
        raise CommandError(f"“{text}” is not an email address.") from None


def person(email: str) -> User:
    """Raises CommandError."""
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise CommandError(f"No one signs in with “{email}”.")
    return found


def show_password_link(command: BaseCommand, user: User) -> None:
    """For someone who has no password yet. In a project with a sign-in of its own, they set it there."""
    if conf.has_pages() and not user.has_usable_password():
        from accounts.sign_in import set_password_link

        command.stderr.write("With this link they set a password:")
        command.stdout.write(set_password_link(user))


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
    if not conf.has_pages():
        raise CommandError(
            "This command belongs to the site with its pages, sign-in and mail. This project has none of them, since "
            f"its ACCOUNT_ADAPTER is not {conf.SIGN_IN_ADAPTER}."
        )
