"""`python -m benchmarks.site.seed <keys> <fresh keys>`: fills a database, and prints the credentials for it.

One real credential of each kind stands among as many that only fill the tables. The fresh ones are real keys of ours,
for processes that have never seen them.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from knox.models import AuthToken  # noqa: E402
from rest_framework.authtoken.models import Token as DrfToken  # noqa: E402
from rest_framework_api_key.models import APIKey as DrfApiKey  # noqa: E402

from benchmarks.site import bulk  # noqa: E402
from oncekeys import conf  # noqa: E402
from oncekeys.conf import MAX_ACTIVE_KEYS  # noqa: E402
from oncekeys.keys import hashing, seal  # noqa: E402
from oncekeys.keys.token import ALPHABET, SECRET_LENGTH, Token, checksum  # noqa: E402
from oncekeys.models import Account, ApiKey  # noqa: E402

FORGED = 100

# A hash like every other, for rows that nobody authenticates with.
SOME_HASH = hashing.make(Token.mint("live"), conf.argon2_cost())


def main(keys: int, fresh: int) -> None:
    call_command("migrate", verbosity=0)
    account = _account("real")
    users = bulk.multiply(_user("template"), keys, username="'user-' || n")
    tables = {
        "drf_api_key": partial(_drf_api_key, keys),
        "knox": partial(_knox, users, keys),
        "drf_token": partial(_drf_token, users, keys),
        "oncekeys": partial(_oncekeys, account, keys - fresh - 1),
    }
    credentials = dict(zip(tables, _side_by_side(tables.values()), strict=True))
    tokens = _fresh_keys(fresh)
    forged = _forged()
    bulk.analyse()
    json.dump({"credentials": credentials, "fresh": tokens, "forged": forged}, sys.stdout)


def _side_by_side(loaders: Iterable[Callable[[], str]]) -> list[str]:
    """Their results, in order. SQLite has one writer, so there they take turns."""
    if connection.vendor == "sqlite":
        return [load() for load in loaders]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda load: load(), loaders))


def _account(name: str) -> Account:
    return Account.objects.create(name=name, slug=name)


def _user(name: str) -> User:
    return User.objects.create_user(name)


def _real_keys(account: Account, count: int) -> list[str]:
    tokens = [Token.mint("live") for _ in range(count)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        hashes = list(pool.map(lambda token: hashing.make(token, conf.argon2_cost()), tokens))
    ApiKey.objects.bulk_create(
        _row(account, slot, token, secret_hash)
        for slot, (token, secret_hash) in enumerate(zip(tokens, hashes, strict=True), start=1)
    )
    return [token.reveal() for token in tokens]


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


def _fresh_keys(count: int) -> list[str]:
    tokens: list[str] = []
    while len(tokens) < count:
        room = min(MAX_ACTIVE_KEYS, count - len(tokens))
        tokens += _real_keys(_account(f"fresh-{len(tokens)}"), room)
    return tokens


def _oncekeys(account: Account, filler: int) -> str:
    _fill(filler)
    return f"API-Key: {_real_keys(account, 1)[0]}"


def _fill(keys: int) -> None:
    """Accounts with 25 keys each, as many as the cap allows."""
    template = _account("template")
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


def _drf_token(users: int, count: int) -> str:
    token = DrfToken.objects.create(user=_user("drf"))
    bulk.multiply(token, count - 1, key=bulk.scattered(40), user_id=f"{users} + n")
    return f"Authorization: Token {token.key}"


def _knox(users: int, count: int) -> str:
    row, token = AuthToken.objects.create(user=_user("knox"))
    bulk.multiply(row, count - 1, digest=bulk.scattered(128), token_key=bulk.scattered(15), user_id=f"{users} + n")
    return f"Authorization: Token {token}"


def _drf_api_key(count: int) -> str:
    row, key = DrfApiKey.objects.create_key(name="real")
    # Eight digits in no order, different for every n, since multiplier and modulus are coprime.
    prefix = "lpad(CAST(CAST(n AS bigint) * 48271 % 99999989 AS text), 8, '0')"
    hashed = f"'sha512$$' || {bulk.scattered(128)}"
    bulk.multiply(row, count - 1, id=f"{prefix} || '.' || {hashed}", prefix=prefix, hashed_key=hashed)
    return f"Authorization: Api-Key {key}"


def _forged() -> dict[str, list[str]]:
    """Wrong secrets for ids that exist."""
    ours = ApiKey.objects.filter(secret_hash=SOME_HASH).values_list("key_id", flat=True)
    theirs = DrfApiKey.objects.exclude(name="").values_list("prefix", flat=True)
    return {
        "oncekeys": [f"API-Key: {_with_wrong_secret(key_id)}" for key_id in ours[:FORGED]],
        "drf_api_key": [f"Authorization: Api-Key {prefix}.{_secret(32)}" for prefix in theirs[:FORGED]],
    }


def _with_wrong_secret(key_id: str) -> str:
    body = f"ok_live_{key_id}_{_secret(SECRET_LENGTH)}"
    return body + checksum(body)


def _secret(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


if __name__ == "__main__":
    main(keys=int(sys.argv[1]), fresh=int(sys.argv[2]))
