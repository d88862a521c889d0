"""The `request.user` of a key, if the host has no user row for it."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser

from oncekeys.models import Account

if TYPE_CHECKING:
    from oncekeys.models import ApiKey


class ApiUser(AnonymousUser):
    """An account, as its keys call the API: authenticated, without a row, and with no permission of its own."""

    is_authenticated = True  # type: ignore[assignment]
    is_anonymous = False  # type: ignore[assignment]
    is_active = True  # type: ignore[assignment]

    # The key with which it was authenticated, where Django's `authenticate()` answered.
    api_key: "ApiKey"

    def __init__(self, account: Account) -> None:
        self.account = account

    def __str__(self) -> str:
        return f"API of {self.account}"

    @property
    def owner_pk(self) -> Any:
        """The primary key of the account's owner, for `filter(organisation=request.user.owner_pk)`."""
        return self.account.owner_pk

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiUser) and other.account == self.account

    def __hash__(self) -> int:
        return hash((ApiUser, self.account))

    def get_username(self) -> str:
        return str(self)
