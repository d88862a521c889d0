"""Where a request came from, and who sent it."""

import ipaddress
import re
from functools import lru_cache

from django.http import HttpRequest

from oncekeys import conf
from oncekeys.models import ApiKey
from oncekeys.request_headers import sent_values
from oncekeys.services.by import By

# As proxies write one: alone, with a port, in brackets, in quotes (RFC 7239), or with a zone (RFC 4007).
WRITTEN = re.compile(
    r"""\s* "? \s* (?: \[ (?P<bracketed>[^\]%]+) (?:%[^\]]*)? \] (?: \s*:\s*\d+ )?
    | (?P<with_port>[\d.]+) \s*:\s*\d+
    | (?P<alone>[^\s"%]+) (?:%[^\s"]*)? ) \s* "? \s*""",
    re.VERBOSE,
)
LONGEST = 64


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address, or None where it is unknown.

    `X-Forwarded-For` is believed only as far as our own proxies wrote it.
    """
    hops = conf.trusted_proxy_hops()
    forwarded = sent_values(request, "HTTP_X_FORWARDED_FOR") if hops else []
    if hops and len(forwarded) >= hops:
        return parsed(forwarded[-hops])
    return parsed(request.META.get("REMOTE_ADDR", ""))


def asked_by(request: HttpRequest) -> By:
    """The person who asks, or the key itself, and from where."""
    by_key = isinstance(getattr(request, "auth", None), ApiKey)
    return By(None if by_key else request.user, client_address(request), is_key=by_key)


def parsed(text: str) -> str | None:
    """The address in what a proxy wrote. None for a Unix socket, `unknown` and whatever else is not an address."""
    return _parsed(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> str | None:
    written = WRITTEN.fullmatch(text)
    if written is None:
        return None
    try:
        address = ipaddress.ip_address((written[written.lastgroup or 0]).strip())
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
