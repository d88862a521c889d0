"""The app's settings and their defaults: the one place where this app reads settings."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signals import setting_changed

from oncekeys.keys.hashing import MINIMUM_COST, Cost

MAX_ACTIVE_KEYS = 25  # a promise of the product, so a constant and not a setting

Value = TypeVar("Value")


def read_once(read: Callable[[], Value]) -> Callable[[], Value]:
    """Keep what was read until a test changes a setting. Each look into the settings costs a microsecond or more."""
    kept = cache(read)
    setting_changed.connect(lambda **_: kept.cache_clear(), weak=False)
    return kept


@read_once
def argon2_cost() -> Cost:
    """Return the Argon2 parameters of new keys. A key hashed with less is hashed again at its next use."""
    return Cost(
        memory_kib=getattr(settings, "ONCEKEYS_ARGON2_MEMORY_KIB", MINIMUM_COST.memory_kib),
        passes=getattr(settings, "ONCEKEYS_ARGON2_PASSES", MINIMUM_COST.passes),
        lanes=MINIMUM_COST.lanes,
    )


@read_once
def secret_keys() -> tuple[str | bytes, ...]:
    """The first makes seals, the others check them too.

    Deployments that share keys, each with a SECRET_KEY of its own, share ONCEKEYS_SECRET_KEY for the seals.
    """
    shared = getattr(settings, "ONCEKEYS_SECRET_KEY", None)
    former = getattr(settings, "ONCEKEYS_SECRET_KEY_FALLBACKS", ())
    return (*([shared, *former] if shared else []), settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@read_once
def brands() -> tuple[str, ...]:
    """Return the brands that keys begin with: that of new keys first, then those whose keys still work."""
    return (getattr(settings, "ONCEKEYS_BRAND", "ok"), *getattr(settings, "ONCEKEYS_FORMER_BRANDS", ()))


@read_once
def public_url() -> str:
    """Return the site's URL without a slash at the end, or an empty string if it isn't set."""
    return str(getattr(settings, "PUBLIC_URL", ""))


@read_once
def public_host() -> str:
    """The host name of `public_url`, without a port."""
    return urlsplit(public_url()).hostname or ""


@read_once
def https_required() -> bool:
    """Unless the address plainly says otherwise."""
    return public_url()[:7].lower() != "http://"


@read_once
def environment() -> str | None:
    """The only environment whose keys this deployment accepts: `production`, `staging`, or None for both."""
    name: str | None = getattr(settings, "ONCEKEYS_ENVIRONMENT", None)
    return name


@read_once
def scopes() -> tuple[str, ...]:
    """Return the scopes a key may be limited to, in the order people see. `full` includes every other."""
    return listed(getattr(settings, "ONCEKEYS_SCOPES", ("read-only", "full")))


@read_once
def protected_paths() -> dict[str, tuple[str, ...]]:
    """Return the paths where `api_key_middleware` requires a key, and the scopes it requires there.

    The setting is a list of paths, or a mapping from paths to the scopes of each.
    """
    paths = getattr(settings, "ONCEKEYS_PROTECTED_PATHS", ("/api/",))
    if isinstance(paths, dict):
        return {path: listed(scopes) for path, scopes in paths.items()}
    return dict.fromkeys(listed(paths), ())


@read_once
def bearer_is_shared() -> bool:
    """Return whether other software also uses bearer tokens; then only one that looks like a key counts as one."""
    return bool(getattr(settings, "ONCEKEYS_BEARER_IS_SHARED", False))


def listed(names: str | Iterable[str]) -> tuple[str, ...]:
    """Names in a list, or in one text with a space between, as OAuth writes scopes (RFC 6749, section 3.3)."""
    return tuple(names.split() if isinstance(names, str) else names)


@read_once
def failures_per_minute() -> int:
    """Return how many wrong keys one IP address may send a minute before its requests have to wait."""
    return int(getattr(settings, "ONCEKEYS_FAILURES_PER_MINUTE", 100))


@read_once
def trusted_proxy_hops() -> int:
    """Return how many reverse proxies of our own are in front of this site."""
    return int(getattr(settings, "TRUSTED_PROXY_HOPS", 0))


@read_once
def background() -> str:
    """Return what does work that no response waits for: a `thread`, or the caller `now`, as tests want it."""
    return str(getattr(settings, "ONCEKEYS_BACKGROUND", "thread"))


@read_once
def background_is_now() -> bool:
    return background() == "now"
