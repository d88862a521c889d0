"""The authentication backend: a key authenticates as its account's API user."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from oncekeys import conf
from oncekeys.client import client_address
from oncekeys.doors import caching, lookup_threads
from oncekeys.doors.schemes import claims_https, is_secure
from oncekeys.host import host
from oncekeys.services.admission import admit
from oncekeys.services.refusals import Refused


class ApiKeyBackend(BaseBackend):
    """`authenticate(request, api_key="ok_live_…")`, with `scopes=[…]` for what the key has to be allowed to do."""

    @sensitive_variables("api_key")
    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, *, api_key: str | None, scopes: str | Iterable[str] = ()
    ) -> Any:
        """The account's API user, with the key as its `.api_key`; None for a key that is refused, or for none.

        Without a request, the key counts as sent over HTTPS. Raises Unavailable where it could not be decided, since
        None would say no to a valid key.
        """
        admitted = partial(
            admit,
            api_key or "",
            secure=request is None or is_secure(request),
            claims_https=partial(claims_https, request) if request else bool,
            address=client_address(request) if request else None,
            scopes=conf.listed(scopes),
        )
        try:
            key = lookup_threads.run(admitted)
        except Refused:
            return None
        if request is not None:
            caching.let_in(request)
        user = host.user_of(key.account)
        user.api_key = key
        return user

    @sensitive_variables("credentials")
    async def aauthenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        return await lookup_threads.arun(partial(self.authenticate, request, **credentials))

    def get_user(self, user_id: int) -> None:
        """Return None: a key answers for one request, never for a session."""
        return None
