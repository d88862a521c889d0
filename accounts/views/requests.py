"""Request types for the site's views, after the middleware and `access` have seen the request."""

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
