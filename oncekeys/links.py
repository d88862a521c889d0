"""Where the pages are: wherever the project has mounted them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from oncekeys import conf
from oncekeys.host import host
from oncekeys.models import Account

APP = "oncekeys"


def page(request: HttpRequest, name: str, **arguments: Any) -> str:
    """The path of a page for the account that this request is about."""
    match = request.resolver_match
    namespace = match.namespace if match and match.app_names[-1:] == [APP] else _mounts()[0]
    return reverse(f"{namespace}:{name}", kwargs={**getattr(request, "mount", {}), **arguments})


def page_of(account: Account, name: str, **arguments: Any) -> str:
    """The full URL of a page, for someone who is not on the site. Raises NoReverseMatch."""
    kwargs = {**host.mount(account), **arguments}
    *others, last = _mounts()
    for namespace in others:
        try:
            return conf.public_url() + reverse(f"{namespace}:{name}", kwargs=kwargs)
        except NoReverseMatch:  # mounted with other arguments
            continue
    return conf.public_url() + reverse(f"{last}:{name}", kwargs=kwargs)


def is_own_path(wanted: str) -> bool:
    """Whether a request may be led there: to a page of this site, by its path alone."""
    return wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)


def has_pages() -> bool:
    """Whether the project has mounted the pages."""
    return bool(getattr(settings, "ROOT_URLCONF", None)) and bool(_mounts())


def _mounts() -> list[str]:
    """The namespaces by which the pages can be reached, such as `oncekeys` or `shop:oncekeys`."""
    return list(_below(get_resolver(), ()))


def _below(resolver: URLResolver, path: tuple[str, ...]) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inside = (*path, each.namespace) if each.namespace else path
            if each.app_name == APP:
                yield ":".join(inside)
            yield from _below(each, inside)


def test_url() -> str:
    """What a ready command requests: the endpoint that names the key. Empty where the project hasn't mounted it."""
    try:
        return conf.public_url() + reverse("oncekeys_api:test")
    except NoReverseMatch:
        return ""
