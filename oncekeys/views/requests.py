"""Request types for views, after the middleware and `access` have seen the request."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from oncekeys.services.by import By


class PageRequest(HttpRequest):
    """Any request to a page."""

    htmx: HtmxDetails


class AccountRequest(PageRequest):
    """A request about an account, from someone the host has let in."""

    user: AbstractBaseUser  # type: ignore[assignment]
    by: By
    # What the project's `include()` captured.
    mount: dict[str, Any]
    # Where a proof leads to, if not back to this request itself.
    after_proof: str
