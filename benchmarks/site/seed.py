"""`python -m benchmarks.site.seed <keys> <fresh keys>`: fills a database, and prints the credentials for it.

One real credential of each kind is among as many that only fill the tables; the peers' tables are there in the project
without pages. The fresh keys are for processes that have never seen them.
"""

import json
import secrets
import sys
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.site import bulk  # noqa: E402
from oncekeys import conf  # noqa: E402
from oncekeys.conf import MAX_ACTIVE_KEYS  # noqa: E402
from oncekeys.host import host  # noqa: E402
from oncekeys.keys import hashing, seal  # noqa: E402
from oncekeys.keys.token import ALPHABET, SECRET_LENGTH, Token, checksum  # noqa: E402
from oncekeys.models import Account, ApiKey  # noqa: E402

FORGED = 100
# Of the fresh keys, so many outlive a lost secret key.
HASHED = 100


def _hash(token: Token) -> str:
    return hashing.make(token, conf.argon2_cost())


# Of no key in here: with it, only a seal lets one in.
SOME_HASH = _hash(Token.mint("live"))


def main(keys: int, fresh: int) -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    made: dict[str, Any] = {"credentials": {}, "forged": {}}
    _fill(keys)
    made["fresh"] = _keys(fresh, hashed=min(HASHED, fresh))
    made["forged"]["oncekeys"] = [f"API-Key: {_with_wrong_secret(each)}" for each in _ids(FORGED)]
    if apps.is_installed("knox"):
        from benchmarks.site import peers

        made["credentials"] = peers.fill()
        ids = peers.ids_of_drf_api_key(FORGED)
        made["forged"]["drf_api_key"] = [f"Authorization: Api-Key {each}.{_secret(32)}" for each in ids]
    made["credentials"]["oncekeys"] = _keys(1, hashed=1)[0]
    bulk.analyse()
    json.dump(made, sys.stdout)


def _fill(keys: int) -> None:
    """Accounts with 25 keys each, as many as the cap allows."""
    template = Account.objects.create(name="Template", slug="template")
    accounts = bulk.multiply(
        template,
        -(-keys // MAX_ACTIVE_KEYS),
        slug="'account-' || n",
        name="'Account ' || n",
    )
    key = _row(template, 1, Token.mint("live"), SOME_HASH)
    key.save()
    bulk.multiply(
        key,
        keys,
        account_id=f"{accounts} + n / {MAX_ACTIVE_KEYS}",
        slot=f"1 + n % {MAX_ACTIVE_KEYS}",
        key_id=bulk.scattered(12),
        name="'Key ' || n",
        folded_name="'key ' || n",
    )


def _keys(count: int, *, hashed: int) -> list[str]:
    """Header lines with keys that work, the first of them by Argon2 too."""
    tokens = [Token.mint("live") for _ in range(count)]
    for first in range(0, count, MAX_ACTIVE_KEYS):
        account = _account(f"real-{tokens[first].key_id.lower()}")
        ApiKey.objects.bulk_create(
            _row(account, slot, token, _hash(token) if first + slot <= hashed else SOME_HASH)
            for slot, token in enumerate(tokens[first : first + MAX_ACTIVE_KEYS], start=1)
        )
    return [f"API-Key: {token.reveal()}" for token in tokens]


def _account(slug: str) -> Account:
    """Make the account as the host has it: on the site, requests with a key have a user of the account's."""
    user = get_user_model().objects.create_service_user(name=slug) if host.has_user_rows else None
    return Account.objects.create(name=slug, slug=slug, service_user=user)


def _row(account: Account, slot: int, token: Token, secret_hash: str) -> ApiKey:
    return ApiKey(
        account=account,
        key_id=token.key_id,
        secret_hash=secret_hash,
        seal=seal.make(token, conf.secret_keys()[0]),
        name=f"Key {slot}",
        folded_name=f"key {slot}",
        slot=slot,
    )


def _ids(most: int) -> list[str]:
    """Return IDs of keys that only fill the table."""
    filling = ApiKey.objects.filter(account__slug__startswith="account-")
    return list(filling.values_list("key_id", flat=True)[:most])


def _with_wrong_secret(key_id: str) -> str:
    body = f"ok_live_{key_id}_{_secret(SECRET_LENGTH)}"
    return body + checksum(body)


def _secret(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


if __name__ == "__main__":
    main(keys=int(sys.argv[1]), fresh=int(sys.argv[2]))
