"""Finds recent callers that narrower limits of a key would refuse."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, Q

from oncekeys.models import ApiKey, KeyAddress
from oncekeys.models.networks import contain
from oncekeys.models.scopes import cover

LATELY = timedelta(days=30)


class ShutsOut(Exception):
    """The change would refuse requests like those that were accepted recently."""

    def __init__(self, callers: list[KeyAddress], lost_scopes: list[str]) -> None:
        """Take the `callers` that would be refused, and the `lost_scopes` that the key has now and may be using."""
        super().__init__()
        self.callers, self.lost_scopes = callers, lost_scopes

    @property
    def addresses(self) -> list[str]:
        return [caller.address for caller in self.callers]

    @property
    def consequences(self) -> list[str]:
        """Return the IP addresses and scopes to confirm before saving anyway. None of them contains a space."""
        return [*self.addresses, *self.lost_scopes]


def check(api_key: ApiKey, *, networks: str, scopes: str, accepted: Collection[str], at: datetime) -> None:
    """Raise ShutsOut if the new limits have consequences that were not accepted."""
    callers = [caller for caller in seen_lately(api_key, at=at) if _is_shut_out(caller, api_key, networks)]
    found = ShutsOut(callers, _lost_scopes(api_key, scopes) if _is_in_use(api_key, at=at) else [])
    if not set(found.consequences).issubset(accepted):
        raise found


def seen_lately(api_key: ApiKey, *, at: datetime) -> list[KeyAddress]:
    """Return the IP addresses that its application was accepted from, the latest first."""
    let_in = Q(api_key__deleted_at=None) | Q(last_seen_at__lte=F("api_key__deleted_at"))
    callers = KeyAddress.objects.filter(let_in, api_key__in=_of_application(api_key), last_seen_at__gt=at - LATELY)
    latest: dict[str, KeyAddress] = {}
    for caller in callers.latest_first():
        latest.setdefault(caller.address, caller)
    return list(latest.values())


def _of_application(api_key: ApiKey) -> list[ApiKey]:
    """Return the key, and its old key as long as the application may not have switched yet."""
    before = api_key.replaces
    if before is None or (before.deleted_at and api_key.last_used_at):
        return [api_key]
    return [api_key, before]


def _is_shut_out(caller: KeyAddress, api_key: ApiKey, networks: str) -> bool:
    return api_key.allows_address(caller.address) and not contain(networks, caller.address)


def _is_in_use(api_key: ApiKey, *, at: datetime) -> bool:
    return any(key.last_used_at and at - key.last_used_at < LATELY for key in _of_application(api_key))


def _lost_scopes(api_key: ApiKey, scopes: str) -> list[str]:
    return [name for name in api_key.scopes.split() if not cover(scopes, [name])]
