"""Authenticates a request by the key it presents. Every door calls this."""

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, cast

from django.http import HttpRequest

from oncekeys.client import client_address
from oncekeys.doors import caching, lookup_threads
from oncekeys.doors.credentials import presented
from oncekeys.doors.schemes import claims_https, is_secure
from oncekeys.host import host
from oncekeys.models import ApiKey, Environment
from oncekeys.services.admission import admit, check_limits


class KeyRequest(HttpRequest):
    """A request that was authenticated by a key."""

    user: Any
    auser: Callable[[], Awaitable[Any]]
    auth: ApiKey


def authenticate(
    request: HttpRequest, *, environment: Environment | None = None, scopes: Collection[str] = ()
) -> KeyRequest:
    """Return the same request, with the account's API user and the key. Raises NotAdmitted.

    If another door has let the request in already, such as the middleware, it doesn't count a second time.
    """
    return _let_in(request, lookup_threads.run(partial(_key_of, request, environment, scopes)))


def _key_of(request: HttpRequest, environment: Environment | None, scopes: Collection[str]) -> ApiKey:
    known = getattr(request, "auth", None)
    if isinstance(known, ApiKey):
        check_limits(known, environment=environment, scopes=scopes)
        return known
    return admit(
        presented(request),
        secure=is_secure(request),
        claims_https=partial(claims_https, request),
        address=client_address(request),
        environment=environment,
        scopes=scopes,
    )


def _let_in(request: HttpRequest, api_key: ApiKey) -> KeyRequest:
    caching.let_in(request)
    request = cast(KeyRequest, request)
    request.auth = api_key
    request.user = host.user_of(api_key.account)
    # Async views ask for the user here, and would otherwise get the session's.
    request.auser = partial(_itself, request.user)
    return request


async def _itself(user: Any) -> Any:
    return user
