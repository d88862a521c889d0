"""Addresses in the settings. What is wrong with one is said in a sentence that names the setting, not its password."""

from collections.abc import Collection
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

DATABASES = ("sqlite", "postgresql", "postgres", "pgsql")
CACHES = ("redis", "rediss", "database", "locmem")
MAIL = ("smtp", "submission", "submit", "console", "file", "memory", "dummy")
OVER_A_NETWORK = {"smtp", "submission", "submit"}
MAIL_OPTIONS = {"tls", "ssl", "timeout", "_server_email", "_default_from_email"}
YES_OR_NO = {"1", "0", "true", "false", "yes", "no", "on", "off"}


def check_public_url(address: str) -> SplitResult:
    """Its parts. Raises ImproperlyConfigured."""
    like = "https://keys.example.com"
    public = _parts("PUBLIC_URL", address, ("http", "https"), like)
    if not public.hostname or public.path.strip("/") or public.query or public.fragment or "@" in public.netloc:
        raise _wrong("PUBLIC_URL", "be the site's address without a path", like)
    return public


def check_service(name: str, address: str) -> None:
    """Raises ImproperlyConfigured."""
    like = "https://service.example.com/range"
    if not _parts(name, address, ("http", "https"), like).hostname:
        raise _wrong(name, "name a host", like)


def check_database(address: str) -> None:
    """Raises ImproperlyConfigured."""
    like = "postgresql://oncekeys:password@db.internal/oncekeys"
    database = _parts("DATABASE_URL", address, DATABASES, like)
    if not database.path.strip("/") and database.netloc != ":memory:":
        raise _wrong("DATABASE_URL", "name a database", like)


def check_cache(address: str) -> None:
    """Raises ImproperlyConfigured."""
    like = "redis://cache.internal:6379/0"
    cache = _parts("CACHE_URL", address, CACHES, like)
    is_somewhere = cache.hostname or (cache.scheme == "redis" and address.startswith("redis:///"))
    if cache.scheme not in {"database", "locmem"} and not is_somewhere:
        raise _wrong("CACHE_URL", "name a host", like)
    if cache.scheme == "database" and address != "database:":
        raise _wrong("CACHE_URL", "name no other database than DATABASE_URL", "database:")
    if cache.hostname and not cache.path.strip("/").isdecimal() and cache.path.strip("/"):
        raise _wrong("CACHE_URL", "end with the number of a database", like)


def check_mail(address: str) -> None:
    """Raises ImproperlyConfigured."""
    like = "smtp://user:password@mail.internal:587/?tls=True"
    mail = _parts("EMAIL_URL", address, MAIL, like)
    options = parse_qs(mail.query, keep_blank_values=True)
    if mail.scheme in OVER_A_NETWORK and not mail.hostname:
        raise _wrong("EMAIL_URL", "name a host", like)
    if unknown := options.keys() - MAIL_OPTIONS:
        raise _wrong("EMAIL_URL", f"not have the option {min(unknown)}", like)
    switches = {value.lower() for name in ("tls", "ssl") for value in options.get(name, [])}
    if not switches <= YES_OR_NO:
        raise _wrong("EMAIL_URL", "say True or False for tls and ssl", like)
    if not all(seconds.isdecimal() for seconds in options.get("timeout", [])):
        raise _wrong("EMAIL_URL", "give its timeout in whole seconds", "smtp://mail.internal:25/?timeout=5")


def _parts(name: str, address: str, schemes: Collection[str], like: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        if address != "sqlite://:memory:":  # which has no host and port
            parts.port  # noqa: B018 - raises ValueError where it can't be read
    except ValueError:
        raise _wrong(name, "be an address that can be read", like) from None
    if parts.scheme not in schemes:
        raise _wrong(name, f"begin with one of {', '.join(f'{scheme}:' for scheme in schemes)}", like)
    return parts


def _wrong(name: str, rule: str, like: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} must {rule}, like {like}")
