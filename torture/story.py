"""`python -m torture.story '{"accounts": 2, …}'`: fills a migrated database, and prints what is needed to attack it.

Options, each by default 0: `accounts` with `filled` active keys each, of which none can authenticate, and `keys` that
can, in further accounts. Ada owns all of them, and is signed in with a fresh proof.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.services import site_accounts  # noqa: E402
from dev import keyring  # noqa: E402
from oncekeys import conf  # noqa: E402
from oncekeys.conf import MAX_ACTIVE_KEYS  # noqa: E402
from oncekeys.keys import hashing, seal  # noqa: E402
from oncekeys.keys.token import Token  # noqa: E402
from oncekeys.models import Account, ApiKey  # noqa: E402
from oncekeys.models.audit import AuditEvent, AuditKind  # noqa: E402
from torture.place import EMAIL, PASSWORD  # noqa: E402


def main(*, prefix: str = "acme", accounts: int = 0, filled: int = 0, keys: int = 0) -> None:
    ada = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, PASSWORD, name="Ada")
    slugs = [_account(f"{prefix}-{number}", filled=filled) for number in range(accounts)]
    made = _keys(f"{prefix}-keys", keys)
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    json.dump({"email": EMAIL, "password": PASSWORD, "session": session, "slugs": slugs, "keys": made}, sys.stdout)


def _account(slug: str, *, filled: int = 0) -> str:
    account = site_accounts.create(name=slug, owner_email=EMAIL)
    keyring.fill(account, filled)
    return account.slug


def _keys(prefix: str, count: int) -> list[dict[str, str]]:
    """Whole keys, as many to an account as the cap allows. Their seals prove them; a hash of another key is beside."""
    some_hash = hashing.make(Token.mint("live"), conf.argon2_cost())
    made: list[dict[str, str]] = []
    while len(made) < count:
        slug = _account(f"{prefix}-{len(made)}")
        account = Account.objects.get(slug=slug)
        tokens = [Token.mint("live") for _ in range(min(MAX_ACTIVE_KEYS, count - len(made)))]
        rows = ApiKey.objects.bulk_create(
            ApiKey(
                account=account,
                key_id=token.key_id,
                secret_hash=some_hash,
                seal=seal.make(token, conf.secret_keys()[0]),
                name=f"Key {slot}",
                folded_name=f"key {slot}",
                slot=slot,
            )
            for slot, token in enumerate(tokens, start=1)
        )
        AuditEvent.objects.bulk_create(
            AuditEvent(account=account, api_key=row, kind=AuditKind.API_KEY_CREATED) for row in rows
        )
        made += [{"slug": slug, "id": token.key_id, "key": token.reveal()} for token in tokens]
    return made


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
