"""Authenticates a request by the key it presents: what every door does."""

from typing import cast

from django.http import HttpRequest

from accounts import conf
from accounts.authentication.addresses import client_address
from accounts.authentication.credentials import presented
from accounts.models import ApiKey, Environment, User
from accounts.services import exposure, failures, verification
from accounts.services.refusals import Code, Refused


class KeyRequest(HttpRequest):
    """A request that was authenticated by a key."""

    user: User
    auth: ApiKey


def authenticate(request: HttpRequest, *, environment: Environment | None = None) -> KeyRequest:
    """The same request, with the account's API user and the key. Raises Refused."""
    request = cast(KeyRequest, request)
    address = client_address(request)
    try:
        text = presented(request)
        if conf.https_required() and not request.is_secure():
            exposure.note(text, address=address)
            raise Refused(Code.HTTPS_REQUIRED)
        api_key = verification.verify(text, environment=environment, address=address)
    except Refused as refused:
        raise failures.counted(refused, address=address) from None
    request.user = api_key.account.service_user
    request.auth = api_key
    return request
