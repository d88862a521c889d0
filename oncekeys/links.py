"""Where the pages are: wherever the project has mounted them."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_resolver, reverse

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


def has_pages() -> bool:
    """Whether the project has mounted the pages."""
    return "oncekeys" in get_resolver().namespace_dict


def test_url() -> str:
    """What a ready command calls: the endpoint that tells which key a key is, where the project has mounted it."""
    try:
        return conf.public_url() + reverse("oncekeys_api:test")
    except NoReverseMatch:
        return '"$API_URL"'  # a variable of their shell
