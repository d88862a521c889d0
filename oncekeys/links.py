"""Links to the pages, under the path where the project includes them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_script_prefix, get_urlconf, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from oncekeys import conf
from oncekeys.host import host
from oncekeys.models import Account

APP = "oncekeys"
API = "oncekeys_api"


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
    """Return whether it is a path of this site, so that a redirect to it is safe."""
    return wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)


def origin(request: HttpRequest) -> str:
    """Where the site is reached, without a slash at the end: as the settings say, else as this request was sent."""
    return conf.public_url() or f"{request.scheme}://{request.get_host()}"


def api_paths(*names: str) -> tuple[str, ...]:
    """The paths of some of the API's own URLs, wherever they are mounted. Empty where they are not."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return ()
    return _api_paths(get_resolver(get_urlconf()), get_script_prefix(), get_language(), names)


@lru_cache
def _api_paths(resolver: URLResolver, prefix: str, language: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """Found once for each URLconf, prefix and language, which may be a part of the path: every answer asks for them."""
    for namespace in _below(resolver, (), API):
        try:
            return tuple(reverse(f"{namespace}:{name}") for name in names)
        except NoReverseMatch:  # below an argument
            continue
    return ()


def has_pages() -> bool:
    """Return whether the project includes the pages."""
    return bool(getattr(settings, "ROOT_URLCONF", None)) and bool(_mounts())


def _mounts() -> list[str]:
    """The namespaces by which the pages can be reached, such as `oncekeys` or `shop:oncekeys`."""
    return list(_below(get_resolver(), (), APP))


def _below(resolver: URLResolver, path: tuple[str, ...], app_name: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inside = (*path, each.namespace) if each.namespace else path
            if each.app_name == app_name:
                yield ":".join(inside)
            yield from _below(each, inside, app_name)


def test_url() -> str:
    """Return the URL for ready commands: the endpoint that names the key. Empty if the project hasn't mounted it."""
    try:
        return conf.public_url() + reverse("oncekeys_api:test")
    except NoReverseMatch:
        return ""
