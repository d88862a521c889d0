"""Where the pages are: wherever the project has mounted them."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from oncekeys import conf
from oncekeys.host import host
from oncekeys.models import Account


def page(request: HttpRequest, name: str, **arguments: Any) -> str:
    """The path of a page for the account that this request is about."""
    mount = getattr(request, "mount", {})
    namespace = getattr(request.resolver_match, "namespace", "")
    return reverse(f"oncekeys:{name}", kwargs={**mount, **arguments}, current_app=namespace)


def page_of(account: Account, name: str, **arguments: Any) -> str:
    """The full URL of a page, for someone who is not on the site."""
    return conf.public_url() + reverse(f"oncekeys:{name}", kwargs={**host.mount(account), **arguments})


def is_own_path(wanted: str) -> bool:
    """Whether a request may be led there: to a page of this site, by its path alone."""
    return wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)


def has_pages() -> bool:
    """Whether the project has mounted the pages."""
    return "oncekeys" in get_resolver().namespace_dict


def test_url() -> str:
    """The full URL of the endpoint that tells which key a key is; empty where the project has not mounted it."""
    try:
        return conf.public_url() + reverse("oncekeys_api:test")
    except NoReverseMatch:
        return ""
