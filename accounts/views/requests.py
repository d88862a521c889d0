"""What views may rely on in a request, once the middleware and `access` have seen it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User
from accounts.services.by import By


class PageRequest(HttpRequest):
    """Any request to a page."""

    htmx: HtmxDetails


class SignedInRequest(PageRequest):
    """From a person."""

    user: User


class AccountRequest(SignedInRequest):
    """From somebody who belongs to the account."""

    membership: Membership
    memberships: list[Membership]
    by: By
