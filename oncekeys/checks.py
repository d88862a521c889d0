"""Refuses to start with what would break a promise."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections, router

from oncekeys import conf, links
from oncekeys.doors import lookup_threads
from oncekeys.keys import brand
from oncekeys.keys.hashing import MINIMUM_COST
from oncekeys.models import ApiKey, Environment, scopes
from oncekeys.models.transactions import alias

TAG = "oncekeys"
MIDDLEWARE = "oncekeys.doors.middleware.api_key_middleware"
OF_PAGES = {
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
}
PROCESSORS = {
    "django.template.context_processors.request",
    "django.contrib.messages.context_processors.messages",
}
ADDRESS = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


Kind = Callable[..., CheckMessage]


def _check(identifier: str, is_right: Callable[[], bool], sentence: str, kind: Kind = Error) -> None:
    @register(TAG)
    def check(**_: Any) -> list[CheckMessage]:
        return [] if is_right() else [kind(sentence, id=identifier)]


def _background_is_known() -> bool:
    return conf.background() in {"thread", "now"}


def _argon2_is_strong_enough() -> bool:
    cost = conf.argon2_cost()
    return cost.memory_kib >= MINIMUM_COST.memory_kib and cost.passes >= MINIMUM_COST.passes


def _environment_is_known() -> bool:
    return conf.environment() in {None, *Environment.values}


def _paths_can_match() -> bool:
    return all(path.startswith("/") for path in conf.protected_paths())


def _scopes_can_be_written() -> bool:
    return bool(conf.scopes()) and all(map(scopes.is_well_formed, conf.scopes()))


def _paths_ask_for_known_scopes() -> bool:
    return all({scopes.FULL, *conf.scopes()}.issuperset(required) for required in conf.protected_paths().values())


def _public_url_is_an_address() -> bool:
    return ADDRESS.fullmatch(conf.public_url()) is not None


def _knows_its_proxy() -> bool:
    return conf.trusted_proxy_hops() > 0 or conf.public_url()[:8].lower() != "https://"


def _brands_are_well_formed() -> bool:
    return all(isinstance(each, str) and brand.WELL_FORMED.fullmatch(each) for each in conf.brands())


def _pages_have_what_they_need() -> bool:
    if not links.has_pages():
        return True
    engines: list[dict[str, Any]] = settings.TEMPLATES
    processors = [name for engine in engines for name in engine.get("OPTIONS", {}).get("context_processors", ())]
    return OF_PAGES.issubset(settings.MIDDLEWARE) and PROCESSORS.issubset(processors)


def _leaves_no_connections() -> bool:
    """Return whether Django closes connections in time. Most projects have no setting that says they run under ASGI."""
    return not (getattr(settings, "ASGI_APPLICATION", None) and lookup_threads.keeps_too_many())


def _refuses_keys_in_clear() -> bool:
    """Return whether keys sent over plain HTTP are refused. It can't see the paths of decorated views."""
    if not getattr(settings, "SECURE_SSL_REDIRECT", False):
        return True
    exempt = [re.compile(pattern) for pattern in settings.SECURE_REDIRECT_EXEMPT]
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return bool(exempt)
    return all(any(each.search(path.lstrip("/")) for each in exempt) for path in conf.protected_paths())


_check(
    "oncekeys.E001",
    _argon2_is_strong_enough,
    f"Argon2id would run with less than {MINIMUM_COST}. Raise ONCEKEYS_ARGON2_MEMORY_KIB and ONCEKEYS_ARGON2_PASSES, "
    "or remove them.",
)
_check(
    "oncekeys.E002",
    _environment_is_known,
    f"ONCEKEYS_ENVIRONMENT is none of {', '.join(Environment.values)}, so every key would be refused. Correct it, or "
    "remove it to accept the keys of both.",
)
_check(
    "oncekeys.E003",
    _paths_can_match,
    "A path in ONCEKEYS_PROTECTED_PATHS does not begin with a slash, so nothing below it would be protected.",
)
_check(
    "oncekeys.E004",
    _scopes_can_be_written,
    "ONCEKEYS_SCOPES is empty, or holds a name with a space, a quotation mark, a backslash or a letter outside ASCII. "
    "Name at least one scope, such as read-only.",
)
_check(
    "oncekeys.E005",
    _paths_ask_for_known_scopes,
    "A path in ONCEKEYS_PROTECTED_PATHS asks for a scope that ONCEKEYS_SCOPES does not name, so no key but a full one "
    "would be let in. Correct one of the two.",
)
_check(
    "oncekeys.E006",
    _public_url_is_an_address,
    "PUBLIC_URL has to be an address without a path, like https://api.example.com. As long as it does not begin with "
    "http://, keys are accepted over HTTPS only.",
)
_check(
    "oncekeys.E007",
    _background_is_known,
    'ONCEKEYS_BACKGROUND is neither "thread" nor "now". Correct it, or remove it.',
)
_check(
    "oncekeys.E008",
    _brands_are_well_formed,
    "ONCEKEYS_BRAND and each of ONCEKEYS_FORMER_BRANDS has to be 2 to 12 characters of a-z and 0-9, such as acme.",
)
_check(
    "oncekeys.E009",
    _pages_have_what_they_need,
    f"The pages need {', '.join(sorted(OF_PAGES))} in MIDDLEWARE, and the context processors "
    "django.template.context_processors.request and django.contrib.messages.context_processors.messages in TEMPLATES.",
)
_check(
    "oncekeys.E010",
    lambda: settings.USE_TZ,
    "Keys expire at a moment, not at an hour of a clock on a wall: set USE_TZ = True.",
)
_check(
    "oncekeys.E011",
    lambda: connections[alias()].vendor in {"postgresql", "sqlite"},
    "Keys need PostgreSQL or SQLite. They may have a database of their own: see docs/host.md.",
)
_check(
    "oncekeys.E012",
    lambda: router.db_for_read(ApiKey) == alias(),
    "A router reads keys from another database than it writes them to, so a deleted key would still be shown, and new "
    "ones not yet. Read the app oncekeys from the primary.",
)
_check(
    "oncekeys.W001",
    _knows_its_proxy,
    "PUBLIC_URL begins with https, but no proxy is trusted: unless this server ends TLS itself, every key is refused "
    "and pages redirect in a loop. Set TRUSTED_PROXY_HOPS to the number of your proxies, and SECURE_PROXY_SSL_HEADER.",
    Warning,
)
_check(
    "oncekeys.W002",
    _refuses_keys_in_clear,
    "SECURE_SSL_REDIRECT answers a key sent over plain HTTP with a redirect, so no one notices. Name the paths that "
    'take keys in SECURE_REDIRECT_EXEMPT, such as r"^api/": the key is then refused with https_required.',
    Warning,
)
_check("oncekeys.W003", _leaves_no_connections, lookup_threads.ADVICE, Warning)
