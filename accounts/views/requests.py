"""What the site's views may rely on in a request, once the middleware and `access` have seen it."""

from accounts.models import Membership, User
from oncekeys.views import requests
from oncekeys.views.requests import PageRequest


class SignedInRequest(PageRequest):
    """A request from a person."""

    user: User


class MemberRequest(requests.AccountRequest):
    """A request from someone who belongs to the account."""

    user: User
    membership: Membership
    memberships: list[Membership]
