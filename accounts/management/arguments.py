"""What commands have in common: they find an account or a key by its public name, and fail in one sentence."""

from django.core.management.base import CommandError

from accounts.models import Account, ApiKey


def account(slug: str) -> Account:
    """Raises CommandError, which Django prints on standard error, with exit status 1."""
    found = Account.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Account.objects.order_by("slug").values_list("slug", flat=True)[:10])
        raise CommandError(f"There is no account “{slug}”. Known are: {known or 'none yet'}.")
    return found


def api_key(of: Account, key_id: str) -> ApiKey:
    """By its id, alone or as it is shown: `7Fh2k9QxYz12` or `ok_live_7Fh2k9QxYz12`. Raises CommandError."""
    found = of.api_keys.listed().filter(key_id=key_id.removeprefix("ok_live_").removeprefix("ok_test_")).first()
    if found is None:
        raise CommandError(f"The account “{of.slug}” has no such key. `list_api_keys {of.slug}` shows those it has.")
    return found
