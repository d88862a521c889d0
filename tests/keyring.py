"""Rows of keys made without the cost of hashing, where a test needs their number and not their secrets."""

from accounts.models import Account, ApiKey


def fill(account: Account, count: int) -> None:
    """The account then has `count` active keys. None of those added can authenticate."""
    taken = account.api_keys.active().count()
    ApiKey.objects.bulk_create(
        ApiKey(
            account=account,
            key_id=f"{account.pk:06}{slot:06}",
            secret_hash="-",
            gate=b"0000",
            name=f"Key {slot}",
            folded_name=f"key {slot}",
            slot=slot,
        )
        for slot in range(taken + 1, count + 1)
    )
