"""Fills the tables of what people would use instead: one credential each among a thousand that only fill."""

from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.authtoken.models import Token as DrfToken
from rest_framework_api_key.models import APIKey as DrfApiKey

from benchmarks.site import bulk
from benchmarks.site.models import Tenant, TenantKey

ROWS = 1000
# Eight digits in no order, different for every n, since multiplier and modulus are coprime.
EIGHT_DIGITS = "lpad(CAST(CAST(n AS bigint) * 48271 % 99999989 AS text), 8, '0')"


def fill() -> dict[str, str]:
    """The header line with the credential, by peer."""
    users = bulk.multiply(User.objects.create_user("template"), ROWS, username="'user-' || n")
    return {
        "drf_token": _drf_token(users, ROWS),
        "knox": _knox(users, ROWS),
        "drf_api_key": _drf_api_key(ROWS),
        "tenant_apikeys": _tenant_apikeys(ROWS),
    }


def ids_of_drf_api_key(most: int) -> list[str]:
    return list(DrfApiKey.objects.values_list("prefix", flat=True)[:most])


def _drf_token(users: int, count: int) -> str:
    token = DrfToken.objects.create(user=User.objects.create_user("drf"))
    bulk.multiply(token, count - 1, key=bulk.scattered(40), user_id=f"{users} + n")
    return f"Authorization: Token {token.key}"


def _knox(users: int, count: int) -> str:
    row, token = AuthToken.objects.create(user=User.objects.create_user("knox"))
    bulk.multiply(row, count - 1, digest=bulk.scattered(128), token_key=bulk.scattered(15), user_id=f"{users} + n")
    return f"Authorization: Token {token}"


def _drf_api_key(count: int) -> str:
    row, key = DrfApiKey.objects.create_key(name="real")
    hashed = f"'sha512$$' || {bulk.scattered(128)}"
    bulk.multiply(row, count - 1, id=f"{EIGHT_DIGITS} || '.' || {hashed}", prefix=EIGHT_DIGITS, hashed_key=hashed)
    return f"Authorization: Api-Key {key}"


def _tenant_apikeys(count: int) -> str:
    row, key = TenantKey.generate_key(name="real", tenant=Tenant.objects.create(name="real"))
    hashed = bulk.scattered(64)
    bulk.multiply(row, count - 1, prefix=f"'tak_live_' || {EIGHT_DIGITS}", hashed_key=hashed)
    return f"Authorization: Api-Key {key}"
