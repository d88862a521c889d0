"""Authenticates a request by the key it presents: what every door does."""

from typing import cast

from django.http import HttpRequest

from accounts import conf
from accounts.authentication.addresses import client_address
from accounts.authentication.credentials import presented
from accounts.models import ApiKey, User
from accounts.services import verification
from accounts.services.refusals import Code, Refused


class KeyRequest(HttpRequest):
    """A request that was authenticated by a key."""

    user: User
    auth: ApiKey


def authenticate(request: HttpRequest) -> KeyRequest:
    """The same request, with the account's API user and the key. Raises Refused."""
    request = cast(KeyRequest, request)
    text = presented(request)
    if conf.https_required() and not request.is_secure():
        raise Refused(Code.HTTPS_REQUIRED)
    api_key = verification.verify(text, address=client_address(request))
    request.user = api_key.account.service_user
    request.auth = api_key
    return request
