"""Keys that don't authenticate: rows where a test needs many, and a text that is nearly a key."""

from oncekeys.keys.token import checksum
from oncekeys.models import Account, ApiKey


def forge(public_id: str) -> str:
    """A key of this id, right by its shape and its checksum, with another secret."""
    body = f"{public_id}_{'x' * 43}"
    return body + checksum(body)


def fill(account: Account, count: int) -> None:
    """The account then has `count` active keys. None of those added can authenticate."""
    taken = account.api_keys.active().count()
    ApiKey.objects.bulk_create(
        ApiKey(
            account=account,
            key_id=f"{account.pk:06}{slot:06}",
            secret_hash="-",
            name=f"Key {slot}",
            folded_name=f"key {slot}",
            slot=slot,
        )
        for slot in range(taken + 1, count + 1)
    )


def copies(api_key: ApiKey, count: int, *, first: int = 0) -> list[ApiKey]:
    """Keys like this one, with IDs of their own. They hold no slot, and none can authenticate."""
    fields = [field.attname for field in ApiKey._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(api_key, name) for name in fields} | {"slot": None}
    return ApiKey.objects.bulk_create(
        ApiKey(**{**values, "key_id": f"{number:012}"}) for number in range(first, first + count)
    )
